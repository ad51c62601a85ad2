"""html-validate has nothing against any page."""

import pytest

from tests.browser.conftest import Faults
from tests.browser.pages import EVERY

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", EVERY)
def test_a_page_is_valid(markup_faults: Faults, name: str) -> None:
    assert markup_faults(name) == []


def test_what_is_not_valid_would_be_found(markup_faults: Faults) -> None:
    assert any("close-order" in fault for fault in markup_faults("broken"))
