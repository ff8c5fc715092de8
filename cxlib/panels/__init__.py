"""Sliders around the model, for JupyterLab: every panel `x` has a headless twin `x_data` with the same frames."""

from cxlib.panels.draws_bar import draws_bar
from cxlib.panels.explorer import CapitalExplorer, capital_explorer
from cxlib.panels.explorer_data import CapitalExplorerData, capital_explorer_data
from cxlib.panels.phases import PhaseBalance, phase_balance
from cxlib.panels.phases_data import PhaseBalanceData, phase_balance_data

__all__ = [
    "CapitalExplorer",
    "CapitalExplorerData",
    "PhaseBalance",
    "PhaseBalanceData",
    "capital_explorer",
    "capital_explorer_data",
    "draws_bar",
    "phase_balance",
    "phase_balance_data",
]
