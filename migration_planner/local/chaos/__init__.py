"""What becomes of mail when everything around it fails: real processes, killed, cut off and lied to, and every message counted.

The database, the mail server, the senders and the broker are those of a real installation, on loopback. What the mail server
took is what counts: it writes each message down before it answers.
"""
