"""Law: what is public is catalogued, once, and its traits are known ones."""

import spectrotools as st
from tests.catalog import ENTRIES, NOT_OPS, TRAITS


def test_every_public_name_has_an_entry():
    assert set(st.__all__) - NOT_OPS == {entry.name for entry in ENTRIES}


def test_entries_are_unique_and_their_traits_are_known():
    assert len({entry.id for entry in ENTRIES}) == len(ENTRIES)
    assert set().union(*(entry.traits for entry in ENTRIES)) <= set(TRAITS)


def test_every_trait_is_had_by_something():
    assert set().union(*(entry.traits for entry in ENTRIES)) == set(TRAITS)
