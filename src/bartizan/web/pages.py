"""Every page of the application. A module of pages has a tuple `HANDLERS`; it becomes part of the application here."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from bartizan.web import (
    account,
    administration,
    administration_messages,
    administration_more,
    assets,
    audit,
    catalogue,
    evidence,
    gateway,
    gateway_approvals,
    gateway_switches,
    home,
    interviews,
    login,
    login_elsewhere,
    plan,
    portfolio,
    reviews,
    risks,
    suppliers,
    systems,
    work,
)
from bartizan.web.api import router as api

PAGES: tuple[ControllerRouterHandler, ...] = (
    *assets.HANDLERS,
    *home.HANDLERS,
    *login.HANDLERS,
    *login_elsewhere.HANDLERS,
    *interviews.HANDLERS,
    *account.HANDLERS,
    *administration.HANDLERS,
    *administration_more.HANDLERS,
    *administration_messages.HANDLERS,
    *audit.HANDLERS,
    *systems.HANDLERS,
    *risks.HANDLERS,
    *api.HANDLERS,
    *catalogue.HANDLERS,
    *plan.HANDLERS,
    *portfolio.HANDLERS,
    *reviews.HANDLERS,
    *suppliers.HANDLERS,
    *evidence.HANDLERS,
    *work.HANDLERS,
    *gateway.HANDLERS,
    *gateway_approvals.HANDLERS,
    *gateway_switches.HANDLERS,
)
