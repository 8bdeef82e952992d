"""What is written down about each exchange: one event, however it ended.

ledger     what the service sees of it: a trail for each exchange, and one call at its end
event      what an entry says
making     from an exchange to its event
lines      an entry's line, and reading lines back
seals      how far a chain had come, under a key
continuing where a chain ended: what is torn is put aside, what is damaged is left
chains     one chain on disk: append, sync, seal
content    encrypted content, by day
keys       where keys lie
recording  the ledger that ties these together
verifying  whether anything was changed, taken out or put in
reading    events back, by time, caller, guard; and as they come
policy_copy  the settings that held, without secrets
recent     counts of the last minutes
logs       a line of JSON for each exchange
faults     what is wrong with the settings of all this
observing  what events say of controls, for a register
"""

from bartizan.gateway.events.ledger import Ledger, NoLedger, Trail

__all__ = ["Ledger", "NoLedger", "Trail"]
