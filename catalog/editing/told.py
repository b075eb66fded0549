"""Told: a proposal as pages and the API tell it to those who may read it."""

from __future__ import annotations

from marshmallow import fields

from catalog.editing.entries import FieldChangeSchema
from catalog.editing.proposals import ProposalState
from common.schema import Choice, Schema


class EntryProposalStepSchema(Schema):
    """A step of a proposal."""

    state = Choice(ProposalState, dump_only=True)
    comment = fields.String(dump_only=True, allow_none=True)
    recorded_at = fields.AwareDateTime(dump_only=True)
    recorded_by = fields.String(attribute="recorded_by.organisation.slug", dump_only=True)


class EntryProposalToldSchema(Schema):
    """A proposal with what it changes and how far it is."""

    slug = fields.String(dump_only=True)
    about = fields.String(attribute="kind", dump_only=True)
    entry = fields.String(dump_only=True)
    is_new = fields.Boolean(dump_only=True)
    title = fields.String(dump_only=True)
    state = Choice(ProposalState, dump_only=True)
    version = fields.Integer(dump_only=True)
    organisation = fields.String(attribute="organisation.slug", dump_only=True)
    recorded_at = fields.AwareDateTime(dump_only=True)
    changes = fields.Dict(dump_only=True)
    still_right = fields.List(fields.String(), dump_only=True)
    differences = fields.List(fields.Nested(FieldChangeSchema), dump_only=True)
    steps = fields.List(fields.Nested(EntryProposalStepSchema), dump_only=True)
