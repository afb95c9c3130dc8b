import pytest

from bot.people import People

KEY = b"0123456789abcdef0123456789abcdef"


def test_the_same_person_has_the_same_name_and_everyone_else_another() -> None:
    people = People(KEY)
    name = people.person("wechat", "gh_1", "o-1")
    assert name == people.person("wechat", "gh_1", "o-1")
    others = [("wechat", "gh_1", "o-2"), ("wechat", "gh_2", "o-1"), ("wecom", "gh_1", "o-1"), ("wechat", "gh_", "1o-1")]
    assert len({name, *(people.person(*other) for other in others)}) == 5


def test_without_the_key_a_name_tells_nothing() -> None:
    assert People(KEY).person("wechat", "gh_1", "o-1") != People(KEY[::-1]).person("wechat", "gh_1", "o-1")
    assert "o-1" not in People(KEY).person("wechat", "gh_1", "o-1")
    assert "0123" not in repr(People(KEY))


def test_a_guessable_key_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        People(b"short")
