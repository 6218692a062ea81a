"""What comes out of the printer: nothing cut off at the side, and never dark."""

import pytest

from tests.doors import House
from tests.journeys.conftest import OpenPage
from tests.journeys.test_pages import CLIPPED

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: What A4 leaves between the margins, in CSS pixels; wide tables lie on their side (static/web/print.css).
UPRIGHT, ON_ITS_SIDE = {"width": 703, "height": 1017}, {"width": 1047, "height": 703}
PAGES = {
    **dict.fromkeys(["ban", "team", "portfolio", "ban-forecast", "ban-evidence", "playbook", "ban-everybody"], UPRIGHT),
    **dict.fromkeys(["ban-tree", "ban-heat"], ON_ITS_SIDE),
}
WIDE = "document.documentElement.scrollWidth"
LIGHT = "getComputedStyle(document.querySelector('main .panel')).backgroundColor"


def test_pages_are_printed_whole_and_in_the_light(house: House, open_page: OpenPage) -> None:
    page, found = open_page("/", by=house.people["owner"], color_scheme="dark"), []
    for name, paper in PAGES.items():
        page.set_viewport_size(paper)  # type: ignore[arg-type]
        page.goto(house.path(name))
        page.emulate_media(media="print", color_scheme="dark", reduced_motion="reduce")
        found += [f"{name}: {text}" for text in page.evaluate(CLIPPED)]
        if (wide := page.evaluate(WIDE)) > paper["width"]:
            found.append(f"{name} is {wide} wide")
        assert page.evaluate(LIGHT) == "rgb(255, 255, 255)", name
        assert not page.locator(".site-header").is_visible()
    assert found == []
