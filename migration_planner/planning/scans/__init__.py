"""Reports of the scanner: taken in, weighed, and turned into evidence for the steps of a ban."""
