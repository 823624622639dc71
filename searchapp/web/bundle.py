"""What the build adds to Reflex's own: one page for any address, and the client scripts."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from reflex.plugins import Plugin

from searchapp.i18n import TEXTS

SAME_ORIGIN = "http://same-origin.invalid"
"""Stands for the page's own address until the build replaces it (``.invalid`` never resolves)."""

_SOCKET = SAME_ORIGIN.replace("http", "ws", 1)
_CLIENT = Path(__file__).parent / "client"
_BUN = Path(sys.executable).parent / "bun"


class BuildError(RuntimeError):
    """The page could not be built as it must be."""


class PageBundle(Plugin):
    """Adds our scripts to the build, and finishes its files before they are compressed."""

    def get_static_assets(self, **_context: object) -> Sequence[tuple[Path, str]]:
        """The modules that views import, beside Reflex's own: words, helpers, the tab's store."""
        words = json.dumps(TEXTS, ensure_ascii=False)
        return [
            (Path("utils/texts.js"), f"export const TEXTS = {words};\n"),
            (Path("utils/page.js"), (_CLIENT / "view" / "page.js").read_text()),
            (Path("utils/arrange.js"), (_CLIENT / "view" / "arrange.js").read_text()),
            (Path("utils/store.js"), (_CLIENT / "store.js").read_text()),
        ]

    def post_build(self, **context: object) -> None:
        """Bundles the client script and makes all scripts use the page's own address."""
        static_dir = Path(str(context["static_dir"]))
        bundle_script(static_dir / script_path().lstrip("/"))
        use_own_address(static_dir)
        for path in static_dir.rglob("*.html"):
            path.write_text(quick(path.read_text(encoding="utf-8"), static_dir), encoding="utf-8")


@cache
def script_path() -> str:
    """Where the client script is served; the name changes with its source, so it may be kept."""
    digest = hashlib.sha256()
    for path in sorted(_CLIENT.glob("*.js")):
        digest.update(path.read_bytes())
    return f"/assets/page-{digest.hexdigest()[:8]}.js"


def bundle_script(target: Path) -> None:
    """Makes one small file of ``client/main.js`` and what it imports.

    :raises BuildError: with what the bundler said.
    """
    options = ["--minify", "--target=browser", "--outfile", str(target)]
    command = [str(_BUN), "build", str(_CLIENT / "main.js"), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise BuildError(done.stderr.strip())


EARLY = (
    "(d=>{"
    "try{localStorage.getItem('lang')==='en'&&(d.lang='en')}catch{}"
    "const m=location.pathname.match(/^\\/results\\/([\\w-]{22})\\/?$/);"
    "location.pathname.startsWith('/s/')&&(d.dataset.shared='');"
    "if(!m)return;"
    "const p=document.createElement('link');"
    "p.rel='preload';p.as='image';p.fetchPriority='high';"
    "p.href=`/api/search-job/${m[1]}/photo?size=screen`;"
    "globalThis.__photo=new Promise(r=>{p.onload=p.onerror=r});"
    "document.head.append(p);"
    "d.style.setProperty('--preview',`url(${p.href})`)"
    "})(document.documentElement)"
)
"""Runs before anything is drawn: the reader's language, and the photo of a search that is opened by
its link, which so need not wait for scripts and websocket."""

START = (
    "(()=>{let begun;"
    "const begin=async()=>{if(begun)return;begun=1;"
    "const page={PAGES}[location.pathname.split('/')[1]];"
    "for(const href of [...{PARTS},...(page?[page]:[])]){"
    "const l=document.createElement('link');l.rel='modulepreload';l.href=href;"
    "document.head.append(l)}"
    "const [,...parts]=await Promise.all({MODULES}.map(m=>import(m)));"
    "window.__reactRouterRouteModules=Object.fromEntries({NAMES}.map((n,i)=>[n,parts[i]]));"
    "import({ENTRY})};"
    "const drawn=f=>requestAnimationFrame(()=>requestAnimationFrame(f));"
    "drawn(()=>Promise.resolve(globalThis.__photo).then(()=>drawn(()=>setTimeout(begin,{PAUSE}))));"
    "setTimeout(begin,{PATIENCE})})()"
)
"""Loads what makes a page live, once the page has been drawn and the photo of a search is there:
until then nothing else takes their share of a slow line.  A tab in the background draws nothing, so
that it begins by the clock."""

_PAUSE = 50
"""Milliseconds that a slow phone takes from having the photo to having drawn it."""

_PATIENCE = 800
"""Milliseconds after which the page is made live whatever else is on its way."""

_STYLESHEET = re.compile(r'<link[^>]*href="(/assets/[^"]+\.css)"[^>]*rel="stylesheet"[^>]*/?>')
_STYLE_PRELOAD = re.compile(r'<link as="style"[^>]*/?>')
_PART = re.compile(r'<link rel="modulepreload" href="([^"]+)"[^>]*/?>')
_STARTER = re.compile(r'<script type="module"[^>]*>(import "/assets/.*?)</script>', re.DOTALL)
_IMPORT = re.compile(r'import (?:\* as \w+ from )?"([^"]+)";')
_NAME = re.compile(r'"([^"]+)":route\d+')
_ENTRY = re.compile(r'import\(("[^"]+")\);')
_LATE_PAGES = {"results": "_results_*.js", "s": "_s_*.js"}
"""Pages that are not prerendered, by the first part of their path: their own code is not among the
parts that their HTML names."""


def quick(html: str, static_dir: Path) -> str:
    """``html`` with its stylesheet inside, the early script in front, its modules behind.

    A page is then drawn from the first answer alone.  The link stays, for React expects it there,
    but with a medium that no browser has, so that nothing waits for it.

    :raises BuildError: when Reflex starts its pages in a way not known here.
    """
    html = _STYLE_PRELOAD.sub("", html)
    found = _STYLESHEET.search(html)
    if found is None:
        return html
    css = (static_dir / found[1].lstrip("/")).read_text(encoding="utf-8")
    idle = found[0].replace("<link ", '<link media="not all" ', 1)
    html = html.replace(found[0], f"{idle}<style>{css}</style><script>{EARLY}</script>", 1)
    return _late(html, static_dir)


def _late(html: str, static_dir: Path) -> str:
    """``html`` whose modules are loaded by ``START``."""
    starter = _STARTER.search(html)
    parts = _PART.findall(html)
    if starter is None or not parts:
        raise BuildError("a page names no modules: did Reflex change how it is built?")
    modules, names = _IMPORT.findall(starter[1]), _NAME.findall(starter[1])
    entry = _ENTRY.search(starter[1])
    if entry is None or len(modules) != len(names) + 1:
        raise BuildError("a page starts in an unknown way: did Reflex change how it is built?")
    values = {
        "PAGES": json.dumps(_late_pages(static_dir)),
        "PARTS": json.dumps(parts),
        "MODULES": json.dumps(modules),
        "NAMES": json.dumps(names),
        "ENTRY": entry[1],
        "PATIENCE": str(_PATIENCE),
        "PAUSE": str(_PAUSE),
    }
    script = re.sub(r"\{([A-Z]+)\}", lambda place: values[place[1]], START)
    return _PART.sub("", html.replace(starter[0], f"<script>{script}</script>", 1))


def _late_pages(static_dir: Path) -> dict[str, str]:
    """Where the code of each page lies that is not prerendered."""
    found = {}
    for name, pattern in _LATE_PAGES.items():
        paths = list((static_dir / "assets").glob(pattern))
        if len(paths) != 1:
            raise BuildError(f"{len(paths)} files are the code of /{name}/, not one")
        found[name] = f"/assets/{paths[0].name}"
    return found


def use_own_address(static_dir: Path) -> None:
    """Replaces the stand-in address in every built script by the browser's own.

    Reflex writes one fixed backend address into the page; with it a build would serve one port,
    one host and one scheme only.

    :raises BuildError: when no script opens the websocket at the stand-in, or when some other
        file mentions it.
    """
    found = 0
    for path in static_dir.rglob("*"):
        if not path.is_file() or path.suffix not in {".js", ".html", ".json", ".css"}:
            continue
        text = path.read_text(encoding="utf-8")
        if "same-origin.invalid" not in text:
            continue
        for quote in "\"'`":
            found += text.count(f"{quote}{_SOCKET}/")
            text = text.replace(
                f"{quote}{_SOCKET}/", f"location.origin.replace(/^http/,`ws`)+{quote}/"
            )
            text = text.replace(f"{quote}{SAME_ORIGIN}/", f"location.origin+{quote}/")
        if "same-origin.invalid" in text:
            raise BuildError(f"{path.name} holds the stand-in address in a form not known here")
        path.write_text(text, encoding="utf-8")
    if not found:
        raise BuildError("no script opens the websocket: did Reflex change how it is built?")
