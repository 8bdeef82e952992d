"""Every name that the tools themselves list in the versions that the tables were checked against."""

from __future__ import annotations

GARAK = """
adaptive_attacks.AdaptiveAttacks agent_breaker.AgentBreaker ansiescape.AnsiEscaped ansiescape.AnsiRaw
ansiescape.AnsiRawTokenizerHF apikey.CompleteKey apikey.GetKey atkgen.Tox audio.AudioAchillesHeel
av_spam_scanning.EICAR av_spam_scanning.GTUBE av_spam_scanning.GTphish badchars.BadCharacters base.IntentProbe
base.IterativeProbe base.Probe base.TreeSearchProbe continuation.ContinueSlursReclaimedSlurs
continuation.ContinueSlursReclaimedSlursFull dan.Ablation_Dan_11_0 dan.AntiDAN dan.AutoDAN dan.AutoDANCached
dan.ChatGPT_Developer_Mode_RANTI dan.ChatGPT_Developer_Mode_v2 dan.ChatGPT_Image_Markdown dan.DAN_Jailbreak dan.DUDE
dan.DanInTheWild dan.DanInTheWildFull dan.Dan_10_0 dan.Dan_11_0 dan.Dan_6_0 dan.Dan_6_2 dan.Dan_7_0 dan.Dan_8_0
dan.Dan_9_0 dan.STAN divergence.Repeat divergence.RepeatExtended divergence.RepeatedToken doctor.Bypass
doctor.BypassLeet doctor.Puppetry donotanswer.DiscriminationExclusionToxicityHatefulOffensive
donotanswer.HumanChatbox donotanswer.InformationHazard donotanswer.MaliciousUses donotanswer.MisinformationHarms
dra.DRA dra.DRAAdvanced encoding.InjectAscii85 encoding.InjectAtbash encoding.InjectBase16 encoding.InjectBase2048
encoding.InjectBase32 encoding.InjectBase64 encoding.InjectBraille encoding.InjectEcoji encoding.InjectHex
encoding.InjectLeet encoding.InjectMime encoding.InjectMorse encoding.InjectNato encoding.InjectQP
encoding.InjectROT13 encoding.InjectSneakyBits encoding.InjectUU encoding.InjectUnicodeTagChars
encoding.InjectUnicodeVariantSelectors encoding.InjectZalgo exploitation.JinjaTemplatePythonInjection
exploitation.SQLInjectionEcho exploitation.SQLInjectionSystem fileformats.HF_Files fitd.FITD glitch.Glitch
glitch.GlitchFull goat.GOATAttack goodside.Davidjl goodside.Tag goodside.ThreatenJSON goodside.WhoIsRiley
grandma.GrandmaIntent grandma.Slurs grandma.Substances grandma.Win10 grandma.Win11
latentinjection.LatentInjectionFactSnippetEiffel latentinjection.LatentInjectionFactSnippetEiffelFull
latentinjection.LatentInjectionFactSnippetLegal latentinjection.LatentInjectionFactSnippetLegalFull
latentinjection.LatentInjectionReport latentinjection.LatentInjectionReportFull
latentinjection.LatentInjectionResume latentinjection.LatentInjectionResumeFull
latentinjection.LatentInjectionTranslationEnFr latentinjection.LatentInjectionTranslationEnFrFull
latentinjection.LatentInjectionTranslationEnZh latentinjection.LatentInjectionTranslationEnZhFull
latentinjection.LatentJailbreak latentinjection.LatentJailbreakFull latentinjection.LatentWhois
latentinjection.LatentWhoisSnippet latentinjection.LatentWhoisSnippetFull leakreplay.GuardianCloze
leakreplay.GuardianClozeFull leakreplay.GuardianComplete leakreplay.GuardianCompleteFull leakreplay.LiteratureCloze
leakreplay.LiteratureClozeFull leakreplay.LiteratureComplete leakreplay.LiteratureCompleteFull leakreplay.NYTCloze
leakreplay.NYTClozeFull leakreplay.NYTComplete leakreplay.NYTCompleteFull leakreplay.PotterCloze
leakreplay.PotterClozeFull leakreplay.PotterComplete leakreplay.PotterCompleteFull lmrc.Anthropomorphisation
lmrc.Bullying lmrc.Deadnaming lmrc.Profanity lmrc.QuackMedicine lmrc.SexualContent lmrc.Sexualisation lmrc.SlurUsage
malwaregen.Evasion malwaregen.Payload malwaregen.SubFunctions malwaregen.TopLevel misleading.FalseAssertion
packagehallucination.Dart packagehallucination.JavaScript packagehallucination.Perl packagehallucination.Python
packagehallucination.RakuLand packagehallucination.Ruby packagehallucination.Rust phrasing.FutureTense
phrasing.FutureTenseFull phrasing.PastTense phrasing.PastTenseFull promptinject.HijackHateHumans
promptinject.HijackHateHumansFull promptinject.HijackKillHumans promptinject.HijackKillHumansFull
promptinject.HijackLongPrompt promptinject.HijackLongPromptFull propile.PIILeakQuadruplet propile.PIILeakTriplet
propile.PIILeakTwin propile.PIILeakUnstructured realtoxicityprompts.RTPBlank realtoxicityprompts.RTPFlirtation
realtoxicityprompts.RTPIdentity_Attack realtoxicityprompts.RTPInsult realtoxicityprompts.RTPProfanity
realtoxicityprompts.RTPSevere_Toxicity realtoxicityprompts.RTPSexually_Explicit realtoxicityprompts.RTPThreat
sata.MLM smuggling.FunctionMasking smuggling.HomoglyphObfuscation smuggling.HypotheticalResponse
snowball.GraphConnectivity snowball.GraphConnectivityFull snowball.Primes snowball.PrimesFull snowball.Senators
snowball.SenatorsFull suffix.BEAST suffix.GCG suffix.GCGCached sysprompt_extraction.SystemPromptExtraction tap.PAIR
tap.TAP tap.TAPCached test.Blank test.Test topic.WordnetAllowedWords topic.WordnetBlockedWords
topic.WordnetControversial visual_jailbreak.FigStep visual_jailbreak.FigStepFull web_injection.ColabAIDataLeakage
web_injection.MarkdownImageExfil web_injection.MarkdownURIImageExfilExtended
web_injection.MarkdownURINonImageExfilExtended web_injection.MarkdownXSS web_injection.PlaygroundMarkdownExfil
web_injection.StringAssemblyDataExfil web_injection.TaskXSS
""".split()  # noqa: SIM905

PROMPTFOO_PLUGINS = """
aegis agentic:memory-poisoning ascii-smuggling beavertails bfla bias:age bias:disability bias:gender bias:race bola
cca coding-agent:all coding-agent:automation-poisoning coding-agent:core coding-agent:delayed-ci-exfil
coding-agent:generated-vulnerability coding-agent:network-egress-bypass coding-agent:procfs-credential-read
coding-agent:repo-prompt-injection coding-agent:sandbox-read-escape coding-agent:sandbox-write-escape
coding-agent:secret-env-read coding-agent:secret-file-read coding-agent:steganographic-exfil
coding-agent:terminal-output-injection coding-agent:verifier-sabotage competitors contracts coppa cross-session-leak
cyberseceval data-exfil debug-access divergent-repetition donotanswer ecommerce:compliance-bypass
ecommerce:order-fraud ecommerce:pci-dss ecommerce:price-manipulation excessive-agency ferpa
financial:calculation-error financial:compliance-violation financial:confidential-disclosure
financial:counterfactual financial:data-leakage financial:defamation financial:hallucination financial:impartiality
financial:japan-fiea-suitability financial:misconduct financial:sox-compliance financial:sycophancy
goal-misalignment hallucination harmbench harmful:chemical-biological-weapons harmful:child-exploitation
harmful:copyright-violations harmful:cybercrime harmful:cybercrime:malicious-code harmful:graphic-content
harmful:harassment-bullying harmful:hate harmful:illegal-activities harmful:illegal-drugs harmful:illegal-drugs:meth
harmful:indiscriminate-weapons harmful:insults harmful:intellectual-property harmful:misinformation-disinformation
harmful:non-violent-crime harmful:privacy harmful:profanity harmful:radicalization harmful:self-harm
harmful:sex-crime harmful:sexual-content harmful:specialized-advice harmful:unsafe-practices harmful:violent-crime
harmful:weapons:ied hijacking imitation indirect-prompt-injection insurance:coverage-discrimination
insurance:data-disclosure insurance:network-misinformation insurance:phi-disclosure intent mcp
medical:anchoring-bias medical:fda:ai-disclosure medical:fda:cyber-access-control medical:fda:cyber-audit-tampering
medical:hallucination medical:incorrect-knowledge medical:off-label-use medical:prioritization-error
medical:sycophancy model-identification off-topic overreliance pharmacy:controlled-substance-compliance
pharmacy:dosage-calculation pharmacy:drug-interaction pii:api-db pii:direct pii:session pii:social pliny policy
politics prompt-extraction rag-document-exfiltration rag-poisoning rag-source-attribution rbac
realestate:accessibility-discrimination realestate:advertising-discrimination realestate:discriminatory-listings
realestate:fair-housing-discrimination realestate:lending-discrimination realestate:source-of-income
realestate:steering realestate:valuation-bias reasoning-dos religion shell-injection special-token-injection
sql-injection ssrf system-prompt-override teen-safety:age-restricted-goods-and-services
teen-safety:dangerous-content teen-safety:dangerous-roleplay teen-safety:harmful-body-ideals
telecom:accessibility-violation telecom:account-takeover telecom:billing-misinformation
telecom:coverage-misinformation telecom:cpni-disclosure telecom:e911-misinformation telecom:fraud-enablement
telecom:law-enforcement-request-handling telecom:location-disclosure telecom:porting-misinformation
telecom:tcpa-violation telecom:unauthorized-changes tool-discovery toxic-chat unsafebench unverifiable-claims
vlguard vlsu wordplay xstest
""".split()  # noqa: SIM905

PROMPTFOO_STRATEGIES = """
audio authoritative-markup-injection base64 basic best-of-n camelcase citation crescendo custom custom: emoji gcg
goat hex homoglyph image indirect-web-pwn jailbreak jailbreak-templates jailbreak:composite jailbreak:goblin
jailbreak:hydra jailbreak:likert jailbreak:meta jailbreak:tree layer leetspeak math-prompt mischievous-user morse
multilingual other-encodings piglatin prompt-injection retry rot13 video
""".split()  # noqa: SIM905

PYRIT_CATEGORIES = """
Hate Speech
Harassment
Sexualization
Grooming
Child Leakage
Dangerous Situations
Graphic Violence and Gore
Pornography & Sexual Content
Profanity
Quality of Service (QoS)
Allocation of Resources & Opportunities
Representational Harms (Stereotyping, Demeaning & Erasing Outputs)
Suicide
Self-Harm
Eating Disorders
Drug Use
Violent Threats, Incitement & Glorification
Terrorism & Violent Extremism
Coordination of Harm
Sale of Regulated Goods
Sexual Solicitation
Scams
Spam
Impersonation
Fake Accounts
Inaccurate, Incomplete, False & Misleading Information
Misinformation for current events
Biased or revisionist retelling of controversial historical events
Inaccurate, Incomplete, False & Misleading Info in Election Context
Deceptive Inducement
Covert Targeted Persuasion
Reputational Damage
Copyright & Piracy
Trademark
Upload IP Images
Plagiarism & Academic Dishonesty
Proprietary, Confidential & Classified Information
Private Personal Information
Images of Public Figures
Upload Images of People without Consent
Insecure Code
Malware
Weapons Development & Military
Chemical, Biological, Radiological, & Nuclear
High-Risk Government Decision-Making
Management or Operation of Critical Infrastructure in Energy, Transportation & Water
Financial Advice
Multi-Level Marketing
Gambling
Lending
Financial Service Eligibility
Health Diagnosis
Pseudo-Pharmaceuticals
Public & Personal Health
Political Campaigning & Lobbying
Legal Advice
Romantic
Self-Validation
Mental Health
Emotional
Legally-Protected Attributes
Emotion
Other
""".strip().splitlines()
