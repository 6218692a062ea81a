"""What kind of file a path is: a pipeline, a script, prose … A trace means something else in each."""

from __future__ import annotations

import re
from functools import lru_cache

#: Folders that hold tests, samples, templates and recordings: what stands there is an example, not a use.
EXAMPLES = frozenset(
    "test tests __tests__ testing spec specs testdata test-data test_data fixture fixtures __fixtures__ example examples "
    "sample samples demo demos template templates cassettes recordings __recordings__ snapshots __snapshots__ mock mocks "
    "__mocks__ stub stubs golden e2e benchmarks evals".split()
)
#: Folders whose files are written for readers, or translated for them.
DOCUMENTS = frozenset(
    "doc docs dev-docs dev_docs documentation website wiki i18n l10n locale locales translations blog".split()
)
EXAMPLE_NAME = re.compile(
    r"^(?:test_.+\.py|.+_test\.(?:py|go|rb|dart)|.+[._-](?:test|tests|spec|stories)\.[cm]?[jt]sx?|conftest\.py"
    r"|.+Tests?\.(?:java|kt|cs|swift|php)|.+\.(?:example|sample|template|tmpl|dist|snap|jinja2?|j2|hbs))$"
    r"|(?:^|[._-])(?:example|sample)(?:[._-]|$)"
)
VENDORED = frozenset(
    "node_modules bower_components vendor third_party third-party thirdparty site-packages dist-packages Pods "
    ".yarn .venv venv jspm_packages".split()
)
LOCKS = frozenset(
    "package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock bun.lockb poetry.lock uv.lock pdm.lock "
    "pixi.lock Pipfile.lock Cargo.lock go.sum Gemfile.lock composer.lock flake.lock deno.lock mix.lock pubspec.lock "
    "Podfile.lock packages.lock.json gradle.lockfile conda-lock.yml".split()
)
BINARY = frozenset(
    "png jpg jpeg gif webp ico icns bmp tif tiff avif heic pdf zip gz tgz bz2 xz zst 7z rar jar war whl egg so dylib dll exe "
    "bin o a lib class pyc pyo pyd wasm woff woff2 ttf otf eot mp3 mp4 m4a mov avi mkv webm ogg wav flac psd ai sketch fig "
    "db sqlite sqlite3 parquet arrow npy npz pkl pt onnx safetensors mo map".split()
)
#: From a path to its role; the first that matches counts.
ROLES = [
    ("lock", r"(^|/)\.github/workflows/[^/]+\.lock\.ya?ml$"),
    ("ci", r"(^|/)\.github/(?:workflows|actions)/.+\.ya?ml$|(^|/)action\.ya?ml$|(^|/)(?:Jenkinsfile|\.travis\.ya?ml)$"),
    ("ci", r"(^|/)(?:\.circleci|\.buildkite|\.azure-pipelines|\.woodpecker|\.tekton|\.forgejo|\.gitea)/.+"),
    ("ci", r"(^|/)(?:azure-pipelines[\w.-]*|bitbucket-pipelines|\.drone|cloudbuild|appveyor|\.cirrus)\.ya?ml$"),
    ("agentic", r"(^|/)\.github/(?:workflows|aw)/.+\.md$"),
    ("gitlab", r"(^|/)(?:[\w-]*\.)?gitlab-ci\.ya?ml$|(^|/)\.gitlab/(?:ci|.+\.gitlab-ci)[\w/.-]*\.ya?ml$"),
    ("devcontainer", r"(^|/)\.devcontainer(?:/.+|\.json)$|(^|/)devcontainer-(?:feature|template)\.json$"),
    ("image", r"(^|/)(?:(?:Dockerfile|Containerfile)(?:[.-][\w.-]+)?|[\w.-]+\.(?:docker|container)file)$(?i)"),
    ("image", r"(^|/)(?:docker-)?compose[\w.-]*\.ya?ml$"),
    ("editor", r"(^|/)(?:\.vscode|\.idea|\.zed|\.cursor)/.+|\.code-workspace$"),
    ("hook", r"(^|/)(?:\.pre-commit-(?:config|hooks)\.yaml|\.?lefthook[\w-]*\.(?:ya?ml|toml|json))$"),
    ("hook", r"(^|/)(?:\.husky|\.githooks)/[^.]+(?:\.sh)?$"),
    ("ignore", r"(^|/)\.(?:git|docker|npm|prettier|eslint|vscode|cursor|rg|style|markdownlint|helm|gcloud)ignore$"),
    ("ignore", r"(^|/)\.git/info/exclude$"),
    (
        "manifest",
        r"(^|/)(?:package\.json|pyproject\.toml|setup\.(?:py|cfg)|Pipfile|environment\.ya?ml|mise\.toml|go\.mod)$",
    ),
    (
        "manifest",
        r"(^|/)(?:requirements|constraints)[\w.-]*\.(?:txt|in)$|(^|/)(?:requirements|constraints)/[\w.-]+\.(?:txt|in)$",
    ),
    ("manifest", r"(^|/)(?:Brewfile|Gemfile|deno\.jsonc?|\.tool-versions|\.mise\.toml)$"),
    (
        "make",
        r"(^|/)(?:GNUm|[Mm])akefile[\w.-]*$|\.mk$|(^|/)\.?[Jj]ustfile$|(^|/)[Tt]askfile\.ya?ml$|(^|/)noxfile\.py$",
    ),
    (
        "shell",
        r"\.(?:sh|bash|zsh|fish|ksh|ps1|psm1|bat|cmd|nu)$|(^|/)\.(?:env(?:\.[\w.-]+)?|envrc|bashrc|zshrc|profile)$",
    ),
    ("prose", r"\.(?:md|mdx|mdc|markdown|rst|txt|adoc|asciidoc|org|tex|html?|xhtml|rtf|pod|man|\d)$"),
    (
        "prose",
        r"(^|/)(?:README|LICEN[CS]E|NOTICE|CHANGELOG|CHANGES|AUTHORS|CONTRIBUTORS|CODEOWNERS|COPYING|NEWS)[\w.-]*$",
    ),
    (
        "code",
        r"\.(?:py|pyi|[cm]?[jt]sx?|go|rs|rb|java|kts?|scala|php|cs|fs|swift|c|cc|cpp|cxx|h|hpp|mm?|vue|svelte|astro)$",
    ),
    ("code", r"\.(?:lua|exs?|erl|hs|ml|mli|clj[cs]?|dart|r|jl|pl|pm|zig|nim|groovy|gradle|el|vim|sol|proto|elm|cr)$"),
    (
        "config",
        r"\.(?:json[c5]?|ya?ml|toml|ini|cfg|conf|config|properties|xml|plist|tf|tfvars|hcl|nix|service|reg|cnf)$",
    ),
]
COMPILED = [
    (role, re.compile(pattern.replace("(?i)", ""), re.I if "(?i)" in pattern else 0)) for role, pattern in ROLES
]


@lru_cache(maxsize=4096)
def folder_kind(folder: str) -> str:
    """`vendored`, `example`, `document` or nothing, by the names on the way to a file."""
    names = folder.split("/")
    if not VENDORED.isdisjoint(names):
        return "vendored"
    lowered = {name.lower() for name in names}
    if not EXAMPLES.isdisjoint(lowered):
        return "example"
    return "" if DOCUMENTS.isdisjoint(lowered) else "document"


def role_of(path: str, first_line: str = "") -> str:
    """The role of a path; of a file without an ending also by its first line (`#!/bin/sh`)."""
    for role, pattern in COMPILED:
        if pattern.search(path):
            # Without a head nothing compiles it, and no pipeline reads it.
            return "prose" if role == "agentic" and first_line and not first_line.startswith("---") else role
    return "shell" if first_line.startswith("#!") else "data"


def kind_of(path: str) -> str:
    """`vendored`, `example`, `document` or nothing."""
    folder, _slash, name = path.rpartition("/")
    kind = folder_kind(folder)
    return "example" if not kind and EXAMPLE_NAME.search(name) else kind


def skipped(path: str) -> str:
    """Why a file is not read, by its name: vendored, lock or binary; nothing when it is."""
    folder, _slash, name = path.rpartition("/")
    if folder_kind(folder) == "vendored":
        return "vendored"
    if name in LOCKS:
        return "lock"
    _stem, _dot, ending = name.lower().rpartition(".")
    return "binary" if ending in BINARY or name.endswith((".min.js", ".min.css")) else ""
