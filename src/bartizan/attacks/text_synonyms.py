"""Words that can stand for each other in mail, so that a reader still understands the message: our own list."""

from __future__ import annotations

from collections.abc import Mapping

_GROUPS = """
account profile | act respond | activate enable | amazing wonderful | answer reply | attached enclosed
award honour | bank lender | bargain deal | bill invoice | bonus extra | book volume | boss chief
brand label | buy purchase | call phone | cancel stop | car vehicle | cash money | casino lottery
certain sure | cheap inexpensive | check verify | choose pick | claim collect | click press | client customer
close shut | confidential private | confirm validate | congratulations felicitations | contact reach
contract agreement | cost price | credit loan | crypto cryptocurrency | cure remedy | date day | dear esteemed
debt liability | delivered brought | details particulars | direct immediate | discount reduction
doctor physician | dollars bucks | double twofold | earn make | easy simple | email mail | end finish
enter submit | exclusive special | expires ends | extra additional | fast quick | fee charge | file document
fill complete | final last | find discover | form sheet | fortune riches | fraction part | free gratis
friend pal | full complete | fund finance | gain profit | gift present | give grant | goods wares
great excellent | guaranteed assured | happy glad | hello greetings | help assist | hidden concealed
high elevated | home house | hot attractive | huge enormous | hurry rush | identity identification
important significant | income earnings | information info | instant immediate | insurance coverage
interest yield | invest place | invite ask | job position | join enter | kind sort | large big
later afterwards | legal lawful | letter note | limited restricted | link address | live reside | login signin
lose shed | lottery draw | low small | luxury opulent | magic miracle | manager supervisor | market bazaar
medicine drug | meet encounter | meeting appointment | member subscriber | message note | millions fortunes
miracle wonder | mortgage loan | moved shifted | new fresh | notice notification | number figure
offer proposal | online internet | open unlock | opportunity chance | order request | original genuine
parcel package | partner associate | password passphrase | pay settle | payment remittance | personal private
pills tablets | plan scheme | please kindly | prescription recipe | prize reward | problem issue
product article | profile page | promotion campaign | prove show | quality grade | question query
rate percentage | read peruse | receive get | refinance refund | refund repayment | register enrol
remove delete | report statement | request ask | reward recompense | rich wealthy | risk danger
robot machine | sale clearance | save keep | savings reserves | secret hidden | secure safe
security protection | selected chosen | sell trade | send forward | service support | ship deliver
shop store | sign subscribe | start begin | stock share | stop halt | subscribe register | suspended blocked
tax duty | team group | terms conditions | test trial | thanks gratitude | today now | trading dealing
transfer move | trial sample | trust rely | unlimited boundless | update renew | urgent pressing | user member
valuable precious | verify confirm | virus malware | visit see | waiting ready | wallet purse | want wish
warning alert | watch timepiece | wealth riches | website site | weight mass | welcome greeting | win gain
winner victor | wish desire | won gained | work labour | workshop course | small little
"""


def _table() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for line in _GROUPS.strip().splitlines():
        for group in line.split("|"):
            words = group.split()
            for word in words:
                others = [other for other in words if other != word]
                table[word] = tuple(dict.fromkeys([*table.get(word, ()), *others]))
    return table


SYNONYMS: Mapping[str, tuple[str, ...]] = _table()
"""A word in lower case -> others of like meaning."""
