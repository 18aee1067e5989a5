"""What a part of a recipe is, and what can be noted of its fields."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A part of a recipe: frozen, strict about types and ranges, and about names that it doesn't know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @property
    def named_by(self) -> dict[str, Any]:
        """The fields that name what is made by the part: all but those that joined later and have their default."""
        fields = type(self).model_fields
        return {
            name: value
            for name, value in self.model_dump().items()
            if not (_is_later(fields[name].json_schema_extra) and value == fields[name].default)
        }


def idle_unless(decisive: str, *values: object) -> dict[str, Any]:
    """Says of a field that it changes nothing unless ``decisive`` has one of these values."""
    return {"decisive": decisive, "values": list(values)}


def idle_with(decisive: str, *values: object) -> dict[str, Any]:
    """Says of a field that it changes nothing where ``decisive`` has one of these values."""
    return {"decisive": decisive, "values": list(values), "idle": True}


# Of a field that joined a part later: at its default it isn't in the fingerprint, which stays what it was.
LATER: dict[str, Any] = {"later": True}


def _is_later(about: object) -> bool:
    return isinstance(about, dict) and "later" in about
