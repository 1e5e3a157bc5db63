"""What a reader meets can be said in another language."""

from __future__ import annotations

import struct

import pytest

from bigmodel_nb import language


def catalog(path, messages: dict[str, str]) -> None:
    """Write a compiled gettext catalog (GNU .mo) to `path`."""
    header = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=1; plural=0;\n"
    pairs = sorted({"": header, **messages}.items())
    keys = [key.encode() for key, _value in pairs]
    values = [value.encode() for _key, value in pairs]
    start = 28 + 16 * len(pairs)
    tables, texts = [], b""
    for group in (keys, values):
        for text in group:
            tables.append(struct.pack("<2I", len(text), start + len(texts)))
            texts += text + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    path.parent.mkdir(parents=True)
    path.write_bytes(head + b"".join(tables) + texts)


@pytest.fixture
def chinese(tmp_path, monkeypatch):
    catalog(
        tmp_path / "zh_CN" / "LC_MESSAGES" / "bigmodel_nb.mo",
        {"a positive number": "正数", "{count} step\0{count} steps": "{count} 步"},
    )
    monkeypatch.setenv("BIGMODEL_LANGUAGE", "zh_CN")
    monkeypatch.setenv("BIGMODEL_LOCALE_DIR", str(tmp_path))
    language._catalog.cache_clear()
    yield
    language._catalog.cache_clear()


def test_english_is_what_stands_in_the_code():
    language._catalog.cache_clear()
    assert language.gettext("a positive number") == "a positive number"
    assert language.ngettext("{count} step", "{count} steps", 1) == "{count} step"
    assert language.ngettext("{count} step", "{count} steps", 2) == "{count} steps"


def test_a_catalog_translates(chinese):
    assert language.gettext("a positive number") == "正数"
    assert language.ngettext("{count} step", "{count} steps", 2) == "{count} 步"


def test_what_the_catalog_lacks_stays_english(chinese):
    assert language.gettext("a word that nobody translated") == "a word that nobody translated"


def test_errors_are_translated_too(chinese):
    from bigmodel_nb import arguments

    with pytest.raises(ValueError, match="正数"):
        arguments.positive("learning_rate", -1)


@pytest.mark.parametrize("wanted", ["xx_XX", "", "  ", "../../etc"])
def test_a_language_without_a_catalog_is_english(monkeypatch, wanted):
    monkeypatch.setenv("BIGMODEL_LANGUAGE", wanted)
    language._catalog.cache_clear()
    assert language.gettext("a positive number") == "a positive number"
    language._catalog.cache_clear()
