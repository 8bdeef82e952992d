"""HTTP in front of models: every request and answer passes the guards of a policy.

wire       how each vendor's format is read into segments and written back; nothing else knows a format
serving    one exchange from its first byte to its event
held       the answer's stream on its way out: what is not cleared yet waits
upstreams  who answers: addresses, keys, tries, breakers
settings   gateway.yaml
events     what is written down about each exchange
"""
