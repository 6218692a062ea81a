"""What SARIF 2.1.0 demands of the parts we write (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), as a JSON Schema.

No package that we could depend on carries the published schema, so that the sections are named here: 3.13 log, 3.14 run,
3.18 tool, 3.19 tool component, 3.20 invocation, 3.27 result, 3.28 location, 3.29 physical location, 3.30 region, 3.35
suppression, 3.49 reporting descriptor. Nothing else is allowed, so that a misspelt property is found.
"""

from typing import Any


def obj(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


TEXT = {"type": "string", "minLength": 1}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
MESSAGE = obj(["text"], text=TEXT)
INDEX = {"type": "integer", "minimum": -1}
BAG = {"type": "object"}

ARTIFACT = obj(
    ["uri"], uri={"type": "string", "format": "uri-reference", "pattern": "^[^/\\s\\\\][^\\s\\\\]*$"}, uriBaseId=TEXT
)
REGION = obj([], startLine={"type": "integer", "minimum": 1})
LOCATION = obj([], physicalLocation=obj(["artifactLocation"], artifactLocation=ARTIFACT, region=REGION))
SUPPRESSION = obj(["kind"], kind={"enum": ["inSource", "external"]}, justification=TEXT)
RESULT = obj(
    ["message"],
    ruleId=TEXT,
    ruleIndex=INDEX,
    level=LEVEL,
    message=MESSAGE,
    locations={"type": "array", "items": LOCATION},
    partialFingerprints={
        "type": "object",
        "additionalProperties": TEXT,
        "propertyNames": {"pattern": "^[^/]+/v[0-9]+$"},
    },
    occurrenceCount={"type": "integer", "minimum": 1},
    suppressions={"type": "array", "items": SUPPRESSION, "uniqueItems": True},
    properties=BAG,
)
RULE = obj(["id"], id=TEXT, shortDescription=MESSAGE, defaultConfiguration=obj([], level=LEVEL), properties=BAG)
DRIVER = obj(
    ["name"],
    name=TEXT,
    semanticVersion={"type": "string", "pattern": r"^\d+\.\d+\.\d+$"},
    rules={"type": "array", "items": RULE, "uniqueItems": True},
)
RUN = obj(
    ["tool"],
    tool=obj(["driver"], driver=DRIVER),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    originalUriBaseIds={"type": "object", "additionalProperties": obj([], description=MESSAGE)},
    invocations={
        "type": "array",
        "items": obj(
            ["executionSuccessful"],
            executionSuccessful={"type": "boolean"},
            endTimeUtc={"type": "string", "format": "date-time"},
        ),
    },
    results={"type": "array", "items": RESULT},
)
SARIF = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **obj(
        ["version", "runs"], **{"$schema": TEXT, "version": {"const": "2.1.0"}, "runs": {"type": "array", "items": RUN}}
    ),
}
