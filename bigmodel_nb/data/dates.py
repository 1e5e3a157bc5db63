"""Dates as people write them, to be translated into one form: "Wed, 27 September 2017" -> "2017-09-27".

data = date_translation()                            # x (n, 19) and y (n, 10): numbers of characters
tokenizer = CharacterTokenizer(data.target_names)
tokenizer.decode(data.train.y[0])                    # such as '1983-05-02'
"""

from __future__ import annotations

import datetime
import functools

import numpy as np

from bigmodel_nb.arguments import whole, wrong_type
from bigmodel_nb.data.parts import Part, SplitDataset
from bigmodel_nb.data.splitting import checked_shares, counts
from bigmodel_nb.data.tokenizers import CharacterTokenizer
from bigmodel_nb.language import gettext as _

FIRST, LAST = datetime.date(1950, 1, 1), datetime.date(2049, 12, 31)
DAYS = (LAST - FIRST).days + 1
# not from `strftime`, which writes them in the language of the computer
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")  # fmt: skip
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
FORMS = (
    "{weekday}, {short} {day}, {year}",
    "{month} {day}, {year}",
    "{day} {month} {year}",
    "{short} {day}, {year}",
    "{day} {short} {two:02}",
    "{day}.{number}.{year}",  # the day first, as in much of Europe
    "{number}/{day}/{two:02}",  # the month first, as in the United States
)
LENGTH = len("September 27, 2017") + 1  # of x: the longest, and a space at the end


def written(date: datetime.date, form: int) -> str:
    """`date` in one of the `FORMS`, by its number."""
    if not isinstance(date, datetime.date):
        raise wrong_type("date", _("a datetime.date"), date)
    month = MONTHS[date.month - 1]
    return FORMS[whole("form", form, 0, len(FORMS) - 1)].format(
        weekday=WEEKDAYS[date.weekday()],
        month=month,
        short=month[:3],
        number=date.month,
        day=date.day,
        year=date.year,
        two=date.year % 100,
    )


def date_translation(
    n: int = 10_000, *, seed: int = 0, validation: float = 0.15, test: float = 0.15
) -> SplitDataset:
    """n dates from 1950 to 2049, as somebody wrote them: x (n, 19), filled up with spaces; y (n, 10) the
    same as year-month-day. Both are numbers of characters of `target_names`.

    All n days differ (n up to 36,525), so none of the test occurs in training. Two digits of a year mean 1950
    to 2049. A task of sequence to sequence as in D. Bahdanau, K. Cho, Y. Bengio, 2015, "Neural machine
    translation by jointly learning to align and translate", made small.
    """
    count = whole("n", n, 3, DAYS)
    return _dates(count, whole("seed", seed, 0), *checked_shares(validation, test))


@functools.lru_cache(maxsize=4)
def _dates(n: int, seed: int, validation: float, test: float) -> SplitDataset:
    random = np.random.default_rng(seed)
    days = [FIRST + datetime.timedelta(int(day)) for day in random.permutation(DAYS)[:n]]
    forms = random.integers(len(FORMS), size=n)
    tokenizer = CharacterTokenizer.fit(" ,./-0123456789" + "".join((*MONTHS, *WEEKDAYS)))
    texts = "".join(written(day, int(form)).ljust(LENGTH) for day, form in zip(days, forms, strict=True))
    x = tokenizer.encode(texts).reshape(n, LENGTH)
    y = tokenizer.encode("".join(day.isoformat() for day in days)).reshape(n, -1)
    ends = np.cumsum(counts(n, (validation, test)))[:-1]
    train, middle, last = (Part(*pair) for pair in zip(np.split(x, ends), np.split(y, ends), strict=True))
    return SplitDataset(
        train=train,
        validation=middle,
        test=last,
        name="dates",
        task="sequence",
        feature_names=(),
        target_names=tokenizer.vocabulary,
        source="made up by bigmodel_nb.data.dates",
        license="CC0",
        citation="",
        notes=(_("all days differ: none of one part occurs in another"),),
    )
