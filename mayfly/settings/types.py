"""The types that make settings read as a form: each says what the field takes, in its description."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainValidator

from mayfly.naming.azure.ids import ResourceId
from mayfly.nearest import choices
from mayfly.registry import ENTRIES
from mayfly.settings import ids, rules, sinks, sources
from mayfly.settings.invalid import InvalidValue, shown


def _cloud(value: object) -> str:
    if value is None:
        raise InvalidValue("is empty", CLOUDS)
    if value not in ENTRIES:
        raise InvalidValue(f"got {shown(value)}", choices(str(value), ENTRIES))
    return str(value)


CLOUDS = f"one of {', '.join(ENTRIES)}"

CloudName = Annotated[str, BeforeValidator(_cloud), Field(description=CLOUDS)]
Scope = Literal["environment", "application"]
Lifetime = Literal["ephemeral", "permanent"]
FabricName = Annotated[str, BeforeValidator(ids.fabric_name), Field(description=ids.FABRIC_RULE)]
EnvironmentId = Annotated[str, BeforeValidator(ids.environment_id), Field(description=ids.ID_RULE)]
SubscriptionId = Annotated[str, BeforeValidator(rules.subscription), Field(description=rules.SUBSCRIPTION)]
Shared = Annotated[bool, Field(strict=True, description="true or false")]
Location = Annotated[str, BeforeValidator(rules.location), Field(description=rules.LOCATION)]
AccountId = Annotated[str, BeforeValidator(rules.account), Field(description=rules.ACCOUNT_ID)]
Region = Annotated[str, BeforeValidator(rules.region), Field(description=rules.REGION)]
Owner = Annotated[str, BeforeValidator(rules.owner), Field(description=rules.OWNER)]
Folder = Annotated[str, BeforeValidator(rules.folder), Field(description=rules.FOLDER)]
Duration = Annotated[timedelta, BeforeValidator(rules.duration), Field(description=rules.DURATION)]
StoreName = Annotated[str, BeforeValidator(rules.store_name), Field(description=rules.STORE)]
ValueName = Annotated[str, BeforeValidator(rules.value_name), Field(description=rules.VALUE_NAME)]
SeedSource = Annotated[
    sources.ContainerId, PlainValidator(sinks.container_to_read), Field(description=sources.CONTAINER_ID)
]
SeedPath = Annotated[str, BeforeValidator(sinks.path), Field(description=sinks.PATH)]
Size = Annotated[int, PlainValidator(sinks.size), Field(description=sinks.SIZE)]
ContainerName = Annotated[str, BeforeValidator(sources.container_name)]
AccountWord = Annotated[str, BeforeValidator(sinks.account_word), Field(description=sinks.ACCOUNT)]
Containers = Annotated[
    tuple[str, ...], PlainValidator(sources.container_names), Field(description=sinks.CONTAINERS)
]
StorageAccount = Annotated[
    ResourceId, PlainValidator(sources.account_id), Field(description=sources.ACCOUNT_ID)
]
Answer = Annotated[str | Mapping[str, Any], PlainValidator(rules.answer), Field(description=rules.ANSWER)]
DocumentKey = Annotated[str, BeforeValidator(rules.document_key), Field(description=rules.DOCUMENT_KEY)]
ShortSource = Annotated[sources.SourceAddress, PlainValidator(sources.source)]
ShortSink = Annotated[sinks.Sink, PlainValidator(sinks.sink)]
Value = Annotated[rules.Plain, PlainValidator(rules.plain_value), Field(description=rules.VALUE)]
