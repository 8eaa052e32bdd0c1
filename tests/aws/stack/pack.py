"""Packs each program as a function's code: `bootstrap`, without symbols, in a zip.

Arguments: the folder for the zips, then the programs. The hash of the program is in no name: the zips
are made once for each run of the tests.
"""

import pathlib
import shutil
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor

folder = pathlib.Path(sys.argv[1])


def pack(program):
    program = pathlib.Path(program)
    bare = folder / program.name
    shutil.copy(program, bare)
    strip = shutil.which("strip")
    if strip:
        subprocess.run([strip, bare], check=True)
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = 0o755 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(folder / f"{program.name}.zip", "w") as packed:
        packed.writestr(entry, bare.read_bytes(), compresslevel=1)
    bare.unlink()


with ThreadPoolExecutor(2) as pool:
    list(pool.map(pack, sys.argv[2:]))
