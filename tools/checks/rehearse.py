"""Runs the Dockerfile's own instructions in a fresh folder, where no container engine is at hand.

    python3 tools/checks/rehearse.py FOLDER [--serve PORT]

Each stage is a folder with its own files and settings; ``RUN`` is run for real, ``USER`` is
obeyed when this is run as root.  With ``--serve`` the image's command is started at the end, with
the environment of this process besides, until Ctrl-C.  Nothing but the instructions that our
Dockerfile uses is understood; another one is an error.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
IGNORED = ("__pycache__", "*.pyc")
META = {"ARG", "EXPOSE", "HEALTHCHECK"}
"""Instructions that change no file."""


@dataclass
class Stage:
    """One stage as a folder."""

    root: Path
    workdir: Path = Path("/")
    env: dict[str, str] = field(default_factory=dict)
    user: int | None = None
    command: list[str] = field(default_factory=list)

    def inside(self, path: str) -> Path:
        """A path of the image, in the folder that stands for it."""
        return self.root / str(self.workdir / path).lstrip("/")

    def environment(self) -> dict[str, str]:
        """The settings of the image over those of this process, without this process's Python."""
        own = {k: v for k, v in os.environ.items() if k not in {"VIRTUAL_ENV", "PYTHONPATH"}}
        return own | {"HOME": str(self.root / "tmp")} | self.env


def instructions(text: str) -> list[tuple[str, str]]:
    """``(instruction, rest)`` of each one, with continued lines joined."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in joined.splitlines()]


def rehearse(folder: Path) -> Stage:
    """Runs everything below ``folder``; the last stage."""
    stages: dict[str, Stage] = {}
    stage = Stage(folder)
    for name, rest in instructions(DOCKERFILE.read_text()):
        print(f"{name} {' '.join(rest.split())}", flush=True)
        if name == "FROM":
            words = rest.split()
            label = words[2] if len(words) == 3 else "last"
            stage = stages[label] = Stage(folder / label)
            (stage.root / "tmp").mkdir(parents=True)
            (stage.root / "tmp").chmod(0o1777)
        elif name not in META:
            _obey(stage, stages, name, rest)
    return stage


def _obey(stage: Stage, stages: dict[str, Stage], name: str, rest: str) -> None:
    if name == "WORKDIR":
        stage.workdir = Path(rest)
        stage.inside(".").mkdir(parents=True, exist_ok=True)
    elif name == "COPY":
        _copy(stage, stages, rest.split())
    elif name == "RUN":
        subprocess.run(
            ["/bin/sh", "-ec", rest], cwd=stage.inside("."), env=stage.environment(), check=True
        )
    elif name == "ENV":
        for pair in rest.split():
            key, _, value = pair.partition("=")
            value = value.strip('"').replace("/opt", f"{stage.root}/opt")
            stage.env[key] = value.replace("$PATH", os.environ["PATH"])
    elif name == "USER":
        stage.user = int(rest.partition(":")[0])
    elif name == "CMD":
        stage.command = json.loads(rest)
    else:
        raise SystemExit(f"error: {name} is not understood here")


def _copy(stage: Stage, stages: dict[str, Stage], words: list[str]) -> None:
    source = None
    if words[0].startswith("--from="):
        source = stages[words.pop(0).partition("=")[2]]
    *names, target = words
    for name in names:
        origin = source.inside(name) if source else ROOT / name
        _check_context(name, is_context=source is None)
        goal = stage.inside(target)
        if target.endswith("/"):
            goal = goal / origin.name
        if origin.is_dir():
            ignore = shutil.ignore_patterns(*(IGNORED if source is None else ()))
            shutil.copytree(origin, goal, symlinks=True, dirs_exist_ok=True, ignore=ignore)
        else:
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(origin, goal)


def _check_context(name: str, *, is_context: bool) -> None:
    """What the ignore file keeps from the builder cannot be copied."""
    allowed = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text().splitlines()
    kept = [line[1:] for line in allowed if line.startswith("!")]
    if is_context and not any(fnmatch.fnmatch(name, pattern) for pattern in kept):
        raise SystemExit(f"error: {name} is kept out by deploy/Dockerfile.dockerignore")


def serve(stage: Stage, port: int) -> int:
    """Runs the image's command in its folder, as its user."""
    account = {"user": stage.user, "group": stage.user} if os.geteuid() == 0 else {}
    process = subprocess.Popen(
        stage.command,
        cwd=stage.inside("."),
        env=stage.environment() | {"SEARCHAPP_PORT": str(port)},
        extra_groups=[] if account else None,
        **account,
    )
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.terminate()
        return process.wait()


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description="Rehearses the image in a fresh folder.")
    parser.add_argument("folder", type=Path, help="must not exist yet")
    parser.add_argument("--serve", type=int, metavar="PORT")
    arguments = parser.parse_args()
    folder = arguments.folder.absolute()
    if folder.exists():
        raise SystemExit(f"error: {folder} exists: give the name of a new folder")
    stage = rehearse(folder)
    print(f"the image's files are in {stage.root}")
    if arguments.serve:
        sys.exit(serve(stage, arguments.serve))


if __name__ == "__main__":
    main()
