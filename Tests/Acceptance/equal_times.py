"""What must take as long for one as for the other."""
import statistics

ATTEMPTS = 3


def as_long(one, other, least, share=0.15, rounds=15):
    """Two things that say how long they took take equally long: medians of rounds in turn, each beginning as often.

    They may differ by a share, or by the least seconds that mean anything. What else the machine does can disturb a
    measurement, so there are a few; what shows how long something took shows it in each of them.
    """
    for _ in range(ATTEMPTS):
        times = ([], [])
        for number in range(rounds):
            pair = [(one, times[0]), (other, times[1])]
            for took, column in pair if number % 2 else reversed(pair):
                column.append(took(number))
        a, b = map(statistics.median, times)
        if abs(a - b) < max(share * a, least):
            return
    raise AssertionError(f"{a * 1000:.1f} ms and {b * 1000:.1f} ms, {ATTEMPTS} times in a row")
