import pytest

from spectrotools.data.splits import checked_shares, split_up

SHARES = {"train": 0.7, "valid": 0.2, "test": 0.1}


def test_shares_are_kept_by_many():
    names = [f"{index}.wav" for index in range(10000)]
    found = list(split_up(names, SHARES).values())
    for split, share in SHARES.items():  # within 4 deviations of a binomial
        assert abs(found.count(split) - 10000 * share) < 4 * (10000 * share * (1 - share)) ** 0.5


def test_a_file_stays_where_it_is_when_others_come():
    few = split_up([f"{index}.wav" for index in range(100)], SHARES)
    many = split_up([f"{index}.wav" for index in range(200)], SHARES)
    assert {name: many[name] for name in few} == few
    assert len(set(few.values())) == 3


def test_a_name_that_is_not_unicode_has_a_split():
    assert split_up(["bad\udcff.wav"], {"train": 1.0}) == {"bad\udcff.wav": "train"}


def test_the_first_split_is_never_empty():
    names = [f"{index}.wav" for index in range(50)]
    alone = [name for name, split in split_up(names, SHARES).items() if split == "valid"]
    assert set(split_up(alone, SHARES).values()) == {"train"}


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ({}, r"shares must name a split; got \{\}"),
        ({"a/b": 1.0}, r"a split must be a plain word; got 'a/b'"),
        ({"train": 0.5, "valid": 0.4}, r"shares must have the sum 1; got"),
        (
            {"train": 1.5, "valid": -0.5},
            r"shares\['train'\] must be a number in \[0, 1\]",
        ),
    ],
)
def test_shares_that_are_none(shares, message):
    with pytest.raises(ValueError, match=message):
        checked_shares(shares)
