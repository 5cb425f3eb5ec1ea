"""The figures as JSON, as a table for a terminal, and as Markdown for docs/performance.md."""

import json


def as_json(results, versions, rotations):
    return json.dumps({"apiVersion": "meshctl/v1", "kind": "bench", "rotations": rotations, "versions": versions,
                       "workloads": results}, indent=1)


def _number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _ratio(value):
    return "–" if value is None else f"{value['median']:.2f} [{value['low']:.2f}–{value['high']:.2f}]"


def _figures(figure):
    if "plain_bytes" in figure:
        return f"{_number(figure['plain_bytes'])} B plain, {_number(figure['tls_bytes'])} B TLS a connection"
    if not figure.get("requests"):
        return f"no answer, {figure.get('errors', 0)} errors"
    parts = [f"{_number(figure['cpu_us'])} us", f"{figure['per_second']:,.0f}/s", f"p50 {figure['p50_us']:,.0f} us",
             f"p99 {figure['p99_us']:,.0f} us"]
    if "bytes_at_start" in figure:
        parts.append(f"{figure['bytes_at_start'] / 1e6:.1f} MB")
    if figure["resumed"]:
        parts.append(f"{figure['resumed'] / figure['requests']:.0%} resumed")
    if figure["errors"]:
        parts.append(f"{figure['errors']} ERRORS")
    return ", ".join(parts)


def rows(results):
    """(workload, proxy, figures, ratio of the subject to it or of it to its base) for every proxy."""
    for workload, result in results.items():
        subjects = list(result["ratios"])
        for proxy, figure in result["proxies"].items():
            if proxy in result["ratios"] and len(subjects) > 1:
                against = " ".join(_ratio(r) for r in result["ratios"][proxy].values())
            elif subjects and len(subjects) == 1:
                against = _ratio(result["ratios"][subjects[0]].get(proxy)) if proxy != subjects[0] else ""
            else:
                against = ""
            yield workload, proxy, _figures(figure), against


def as_table(results):
    lines = list(rows(results))
    widths = [max((len(line[i]) for line in lines), default=0) for i in range(4)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def as_markdown(results, versions, rotations):
    text = [f"CPU of the proxy per request, median of {rotations} rotations of 0.25 s; requests a second and latency "
            "beside it. The ratio is the first proxy's CPU over that row's (median of same-rotation quotients, 95 % "
            "interval), below 1 is cheaper; for `routes` and `log` it is the larger shape over the smaller one of the "
            "same proxy.", ""]
    text += [f"- {name}: {version}" for name, version in versions.items()]
    text += ["", "| workload | proxy | figures | ratio |", "|---|---|---|---|"]
    text += [f"| {' | '.join(line)} |" for line in rows(results)]
    return "\n".join(text)
