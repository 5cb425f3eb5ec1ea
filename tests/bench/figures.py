"""From slices to figures: medians, and ratios as medians of same-rotation quotients with their 95 % interval."""

import math
import statistics


def median_interval(values):
    """(median, low, high): the 95 % interval of the median from order statistics (binomial, no distribution assumed)."""
    ordered = sorted(values)
    count = len(ordered)
    reach = 1.96 * math.sqrt(count) / 2
    low = max(0, math.floor(count / 2 - reach))
    high = min(count - 1, math.ceil(count / 2 + reach) - 1)
    return statistics.median(ordered), ordered[low], ordered[high]


def summarize(slices):
    """Figures of one proxy over all its slices; CPU in microseconds per request."""
    useful = [s for s in slices if s["requests"]]
    if not useful:
        return {"requests": 0, "errors": sum(s["errors"] for s in slices)}
    return {
        "requests": sum(s["requests"] for s in useful),
        "errors": sum(s["errors"] for s in slices),
        "resumed": sum(s["resumed"] for s in slices),
        "cpu_us": statistics.median(s["cpu_ns"] / 1e3 / s["requests"] for s in useful),
        "per_second": statistics.median(s["requests"] / s["seconds"] for s in useful),
        "p50_us": statistics.median(s["p50_us"] for s in useful),
        "p99_us": statistics.median(s["p99_us"] for s in useful),
    }


def ratio(slices, name, reference):
    """CPU of `name` over CPU of `reference`, paired by rotation: {median, low, high}; None without common rotations."""
    def per_rotation(target):
        return {s["rotation"]: s["cpu_ns"] / s["requests"] for s in slices if s["target"] == target and s["requests"]}

    ours, theirs = per_rotation(name), per_rotation(reference)
    quotients = [ours[r] / theirs[r] for r in ours if r in theirs and theirs[r] > 0]
    if not quotients:
        return None
    middle, low, high = median_interval(quotients)
    return {"median": middle, "low": low, "high": high}
