"""Starts both sides once, then runs every workload A, B, A, B, … and prints medians, ratio and spread.

One side only waits for a line of input while the other runs. A ratio is PyTorch's time over Emend's: above 1 Emend is
faster. The peer's bfloat16 is the faster of weights cast per forward and autocast, measured in the same alternation.
"""
import argparse
import json
import statistics
import subprocess
import sys

WORKLOADS = ["sft", "generate-1", "generate-16", "generate-64", "ppo", "ppo-critic"]
PEER_MODES = {"float32": ["float32"], "bfloat16": ["bfloat16", "autocast"]}
WARM_UPS = 2


class Side:
    """A process that runs a workload per line of input."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, workload, mode):
        self.process.stdin.write(json.dumps({"workload": workload, "mode": mode}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{' '.join(self.process.args)} ended while it ran {workload} in {mode}")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def summary(answers, key):
    times = [answer[key] for answer in answers]
    quarters = statistics.quantiles(times, n=4) if len(times) > 1 else [times[0]] * 3
    return {"median": statistics.median(times), "low": quarters[0], "high": quarters[2]}


def compare(emend, torch, workload, mode, runs):
    peers = PEER_MODES[mode] if "generate" not in workload else [mode]
    answers = {"emend": [], **{peer: [] for peer in peers}}
    for turn in range(WARM_UPS + runs):
        round_ = {"emend": emend.run(workload, mode), **{peer: torch.run(workload, peer) for peer in peers}}
        if turn >= WARM_UPS:
            for side, answer in round_.items():
                answers[side].append(answer)
        else:
            first = round_ if turn == 0 else first
    best = min(peers, key=lambda peer: summary(answers[peer], "seconds")["median"])
    result = {"workload": workload, "mode": mode, "peer": best, "runs": runs, "checks": {side: answer["check"] for side, answer in first.items()}}
    for key in ("seconds", "processor"):
        result[key] = {"emend": summary(answers["emend"], key), "torch": summary(answers[best], key)}
        result[key]["ratio"] = result[key]["torch"]["median"] / result[key]["emend"]["median"]
    return result


def row(result):
    def of(side):
        time = result["seconds"][side]
        return f"{time['median'] * 1000:8.1f} [{time['low'] * 1000:.1f}, {time['high'] * 1000:.1f}]"

    return (f"{result['workload']:<12} {result['mode']:<9} {of('emend'):<28} {of('torch'):<28} {result['peer']:<9} "
            f"{result['seconds']['ratio']:6.2f} {result['processor']['ratio']:10.2f}")


def main():
    parser = argparse.ArgumentParser(prog="bench/compare")
    parser.add_argument("--emend", nargs="+", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--torch", nargs="+", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--run", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=f"of {', '.join(WORKLOADS)}; all of them where none is named")
    parser.add_argument("--runs", type=int, default=7, help="measured runs per side, after two that warm up")
    parser.add_argument("--modes", default="bfloat16,float32", help="compute types, with commas")
    parser.add_argument("--json", help="file for the figures")
    options = parser.parse_args()
    unknown = [name for name in options.workloads if name not in WORKLOADS]
    unknown += [mode for mode in options.modes.split(",") if mode not in PEER_MODES]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)} (workloads: {', '.join(WORKLOADS)}; modes: {', '.join(PEER_MODES)})")

    emend, torch = Side(options.emend), Side(options.torch)
    print(f"{'workload':<12} {'mode':<9} {'Emend ms [quartiles]':<28} {'PyTorch ms [quartiles]':<28} {'peer mode':<9} {'ratio':>6} {'of CPU time':>10}", flush=True)
    results = []
    for mode in options.modes.split(","):
        for workload in options.workloads or WORKLOADS:
            results.append(compare(emend, torch, workload, mode, options.runs))
            print(row(results[-1]), flush=True)
    emend.close()
    torch.close()
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=2)
            file.write("\n")


if __name__ == "__main__":
    main()
