"""One peer over a list of files, in an environment of its own: a verdict and CPU seconds a file, as JSON lines.

python peer_scan.py picklescan|modelscan|modelaudit < paths
"""

import contextlib
import importlib
import io
import json
import logging
import os
import pathlib
import sys
import time

os.environ["PROMPTFOO_DISABLE_TELEMETRY"] = "1"


def picklescan(path: str) -> str:
    found = importlib.import_module("picklescan.scanner").scan_file_path(path)
    levels = {one.safety.value for one in found.globals}
    if "dangerous" in levels:
        return "detected"
    if found.scan_err:
        return "error"
    return "suspicious" if "suspicious" in levels else "silent"


def modelscan(path: str) -> str:
    found = importlib.import_module("modelscan.modelscan").ModelScan().scan(path)
    if found["issues"]:
        return "detected"
    return "error" if found["errors"] else "silent"


def modelaudit(path: str) -> str:
    found = importlib.import_module("modelaudit.core").scan_file(path)
    levels = {str(one.severity).rpartition(".")[2].lower() for one in found.issues}
    if "critical" in levels:
        return "detected"
    if not found.success:
        return "error"
    return "suspicious" if "warning" in levels else "silent"


def main() -> None:
    scan = {"picklescan": picklescan, "modelscan": modelscan, "modelaudit": modelaudit}[sys.argv[1]]
    logging.disable(logging.CRITICAL)
    out = sys.stdout
    for line in sys.stdin:
        path = line.rstrip("\n")
        start = time.process_time()
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                word = scan(path)
        except BaseException as error:
            word = "error" if not isinstance(error, KeyboardInterrupt) else "stopped"
        peak = int(pathlib.Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
        out.write(json.dumps({"word": word, "cpu": time.process_time() - start, "peak_kb": peak}) + "\n")
        out.flush()
    os._exit(0)


main()
