"""The formats of keys and tokens that name their issuer: one row a format.

After the rules of gitleaks (MIT licence, see NOTICE) and detect-secrets, without those that go by a name nearby or by
entropy alone, which call every hash in a test a secret. Patterns are in RE2's language: a text is read once for each.
"""

from __future__ import annotations

from typing import NamedTuple


class Rule(NamedTuple):
    """A format: the secret is group 1, or the whole match. Only texts with one of ``keywords`` can match."""

    name: str
    keywords: tuple[str, ...]
    pattern: str
    least_bits: float = (
        3.0  # of entropy a character: of hexadecimal digits 4 at most, of letters and digits 6
    )


_AWS_NAME = r"(?i:aws[^\n]{0,30}?(?:key|pwd|pw|pass(?:word)?|token|secret)|secret_?access_?key)"
RULES = [
    # Clouds
    Rule("AWS key", ("akia", "asia", "abia", "acca", "a3t"),
         r"(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[0-9A-Z]{16}"),
    Rule("AWS key", ("aws", "accesskey", "access_key"), _AWS_NAME + r"[^\n]{0,20}?[=:'\"\s>]([0-9a-zA-Z/+]{40})", 4.1),
    Rule("AWS key", ("absk", "bedrock-api-key-"),
         r"ABSK[A-Za-z0-9+/]{109,}|bedrock-api-key-[A-Za-z0-9+/=]{40,}"),
    Rule("Google API key", ("aiza",), r"AIza[0-9A-Za-z_\-]{35}", 3.5),
    Rule("Google OAuth secret", ("gocspx-", "ya29."), r"GOCSPX-[\w-]{28}|ya29\.[\w-]{40,}"),
    Rule("Azure storage key", ("accountkey=", "sharedaccesskey="),
         r"(?:AccountKey|SharedAccessKey)=([a-zA-Z0-9+/]{42,90}={0,2})"),
    Rule("Azure client secret", ("q~",), r"[a-zA-Z0-9_~.]{3}\dQ~[a-zA-Z0-9_~.-]{31,34}"),
    Rule("Azure shared access signature", ("sig=",), r"[?&]s[a-z]=[^\s\"']{1,}&sig=([A-Za-z0-9%/+]{40,100})"),
    Rule("Azure DevOps token", ("azdo",), r"[a-zA-Z0-9]{76}AZDO[a-zA-Z0-9]{4}"),
    Rule("Alibaba key", ("ltai",), r"LTAI[A-Za-z0-9]{20}"),
    Rule("DigitalOcean token", ("_v1_",), r"do[opr]_v1_[a-f0-9]{64}"),
    Rule("Heroku key", ("hrku-",), r"HRKU-AA[0-9a-zA-Z_-]{58}"),
    Rule("Fly token", ("fo1_", "fm1", "fm2_"), r"fo1_[\w-]{43}|fm(?:1[ar]|2)_[a-zA-Z0-9+/]{100,}"),
    Rule("Cloudflare key", ("v1.0-",), r"v1\.0-[a-f0-9]{24}-[a-f0-9]{146}"),
    Rule("Yandex key", ("aqvn",), r"AQVN[A-Za-z0-9_\-]{35,38}"),
    Rule("Vercel or Netlify token", ("vcp_", "nfp_"), r"(?:vcp|nfp)_[a-zA-Z0-9_-]{36,60}"),
    Rule("Terraform token", (".atlasv1.",), r"[a-zA-Z0-9]{14}\.atlasv1\.[a-zA-Z0-9_=-]{60,70}"),
    Rule("Pulumi token", ("pul-",), r"pul-[a-f0-9]{40}"),
    Rule("Vault token", ("hvs.", "hvb."), r"hv[sb]\.[\w-]{90,}"),
    Rule("OpenShift token", ("sha256~",), r"sha256~[\w-]{43}", 3.5),
    # Code hosting and packages
    Rule("GitHub token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
         r"gh[pousr]_[A-Za-z0-9_]{36,}|github_pat_[0-9A-Za-z_]{70,}"),
    Rule("GitLab token", ("glpat-", "gldt-", "glft-", "glsoat-", "glrt-", "glcbt-", "glimt-", "glptt-", "glagent-",
                          "gloas-", "glffct-", "gr1348941"),
         r"(?:gl(?:pat|dt|ft|soat|rt|cbt|imt|ptt|agent|oas|ffct)-|GR1348941)[A-Za-z0-9_\-.]{20,}"),
    Rule("Bitbucket or Atlassian token", ("atbb", "atatt3", "atctt3"),
         r"ATBB[A-Za-z0-9]{32}|AT[AC]TT3[A-Za-z0-9_\-=]{150,}"),
    Rule("npm token", ("npm_", "_authtoken"),
         r"npm_[0-9A-Za-z]{36}|:_authToken\s{0,5}=\s{0,5}[\"']?([A-Fa-f0-9-]{36})"),
    Rule("PyPI token", ("pypi-age",), r"pypi-AgE[A-Za-z0-9_-]{60,}"),
    Rule("RubyGems key", ("rubygems_",), r"rubygems_[a-f0-9]{48}"),
    Rule("NuGet key", ("oy2",), r"oy2[a-z0-9]{43}"),
    Rule("Clojars token", ("clojars_",), r"(?i)clojars_[a-z0-9]{60}"),
    Rule("Docker token", ("dckr_",), r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{27,60}"),
    Rule("Artifactory key", ("akcp", "cmvmd"), r"AKCp[A-Za-z0-9]{69}|cmVmd[A-Za-z0-9]{59}", 4.0),
    Rule("Sonar token", ("squ_", "sqp_", "sqa_"), r"sq[upa]_[a-f0-9]{40}"),
    Rule("Sentry token", ("sntrys_", "sntryu_"), r"sntrys_eyJ[a-zA-Z0-9+/=_]{60,}|sntryu_[a-f0-9]{64}"),
    Rule("Postman key", ("pmak-",), r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}"),
    # Models
    Rule("OpenAI key", ("t3blbkfj",), r"sk-[A-Za-z0-9_-]{0,100}[A-Za-z0-9_-]{20}T3BlbkFJ[A-Za-z0-9_-]{20,100}"),
    Rule("Anthropic key", ("sk-ant-",), r"sk-ant-[0-9A-Za-z_\-]{40,}"),
    Rule("OpenRouter key", ("sk-or-",), r"sk-or-v1-[a-f0-9]{64}"),
    Rule("Hugging Face token", ("hf_", "api_org_"), r"(?:hf_|api_org_)[A-Za-z0-9]{34}"),
    Rule("key of a model service", ("gsk_", "xai-", "r8_", "pplx-", "nvapi-", "pcsk_", "tgp_", "fw_"),
         r"gsk_[A-Za-z0-9]{52}|xai-[A-Za-z0-9]{80}|r8_[A-Za-z0-9]{37}|pplx-[A-Za-z0-9]{48,56}|nvapi-[\w-]{60,70}"
         r"|pcsk_[A-Za-z0-9_]{60,90}|tgp_v1_[\w-]{40,50}|fw_[A-Za-z0-9]{24}", 3.5),
    Rule("LangSmith key", ("lsv2_",), r"lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}"),
    Rule("Databricks token", ("dapi",), r"dapi[a-f0-9]{32}(?:-\d)?"),
    # Messages and mail
    Rule("Slack token", ("xox", "xapp-"), r"xox[a-z](?:\.xox[a-z])?-(?:[A-Za-z0-9]{1,20}-){1,5}[A-Za-z0-9]{16,}"
         r"|xapp-\d-[A-Za-z0-9]{8,20}-\d{8,20}-[a-z0-9]{30,100}"),
    Rule("Slack token", ("hooks.slack.com",),
         r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Z][a-zA-Z0-9_]{6,20}/[A-Z0-9][a-zA-Z0-9_]{6,20}/[a-zA-Z0-9_]{16,60})"),
    Rule("Discord webhook", ("/api/webhooks/",), r"discord(?:app)?\.com/api/webhooks/(\d{15,20}/[\w-]{60,90})"),
    Rule("Discord token", (".g",), r"[MNO][A-Za-z\d]{23,27}\.G[\w-]{5}\.[\w-]{27,40}", 3.5),
    Rule("Teams webhook", ("webhook.office.com",),
         r"webhook\.office\.com/webhookb2/([a-f0-9@/-]{60,110}IncomingWebhook/[a-f0-9]{32})"),
    Rule("Telegram token", (":aa",), r"\d{8,10}:AA[A-Za-z0-9_-]{33}"),
    Rule("SendGrid key", ("sg.",), r"SG\.[a-zA-Z0-9_-]{22}\.[a-zA-Z0-9_-]{43}"),
    Rule("Twilio key", ("sk", "twilio"),
         r"SK[0-9a-f]{32}|(?i:twilio[^\n]{0,40}?token[^\n]{0,10}?)[=:'\"\s]([0-9a-f]{32})"),
    Rule("Mailgun or Mailchimp key", ("mailgun", "-us"),
         r"(?i:mailgun[^\n]{0,40}?)(key-[a-f0-9]{32})|[0-9a-f]{32}-us[0-9]{1,2}"),
    Rule("Brevo key", ("xkeysib-",), r"xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}"),
    Rule("Resend key", ("re_",), r"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}", 3.5),
    # Payment and shops
    Rule("Stripe key", ("k_live_", "k_prod_", "whsec_"),
         r"(?:sk|rk)_(?:live|prod)_[0-9a-zA-Z]{16,}|whsec_[A-Za-z0-9+/]{32,64}"),
    Rule("Square token", ("sq0csp-", "sq0atp-"), r"sq0(?:csp|atp)-[0-9A-Za-z_\-]{22,60}"),
    Rule("Shopify token", ("shpat_", "shpca_", "shppa_", "shpss_"), r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    Rule("Shippo or EasyPost key", ("shippo_live_", "ezak"),
         r"shippo_live_[a-fA-F0-9]{40}|EZAK[A-Za-z0-9]{54}"),
    # Databases, monitoring, the rest
    Rule("PlanetScale or Supabase key", ("pscale_", "sbp_", "sb_secret_"),
         r"pscale_(?:tkn|oauth|pw)_[\w=.-]{32,64}|sbp_[a-f0-9]{40}|sb_secret_[\w-]{20,60}"),
    Rule("Grafana token", ("glsa_", "glc_"), r"glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|glc_[A-Za-z0-9+/]{32,}"),
    Rule("New Relic key", ("nrak-", "nrii-"), r"NRAK-[A-Z0-9]{27}|NRII-[\w-]{32}"),
    Rule("Dynatrace token", ("dt0c01.",), r"dt0c01\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{64}"),
    Rule("Notion or Linear key", ("ntn_", "lin_api_", "lin_oauth_"),
         r"ntn_[A-Za-z0-9]{46}|lin_(?:api|oauth)_[A-Za-z0-9]{40,64}"),
    Rule("Figma or Airtable token", ("figd_", "pat"), r"figd_[\w-]{38,46}|pat[A-Za-z0-9]{14}\.[a-f0-9]{64}"),
    Rule("Doppler token", ("dp.",),
         r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}"),
    Rule("Tailscale key", ("tskey-",), r"tskey-[a-z]{2,10}-[A-Za-z0-9]{8,20}-[A-Za-z0-9]{20,40}"),
    Rule("1Password key", ("a3-", "ops_eyj"),
         r"A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}"
         r"|ops_eyJ[a-zA-Z0-9+/]{250,}"),
    Rule("Adobe secret", ("p8e-",), r"p8e-[A-Za-z0-9]{32}"),
    Rule("Dropbox token", ("sl.",), r"sl\.(?:u\.)?[A-Za-z0-9_-]{130,}", 3.5),
    Rule("Mapbox token", ("sk.eyj",), r"sk\.eyJ[a-zA-Z0-9_-]{50,}\.[a-zA-Z0-9_-]{20,40}"),
    # Keys in files
    Rule("age key", ("age-secret-key-",),
         r"AGE-SECRET-KEY-(?:PQ-)?1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58,100}"),
    Rule("kubeconfig key", ("client-key-data",), r"client-key-data:\s{0,5}([A-Za-z0-9+/]{100,})", 3.5),
]  # fmt: skip
# A key's name alone stands in every program that reads keys; the key has lines of base64 after it. Between them stand
# line ends, quotes of a string in a program, and headers ('Proc-Type: 4,ENCRYPTED').
PRIVATE_KEY = (
    r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:\s|\\[nrt]|[\"'+,;\\]|[A-Za-z-]{1,30}: [^\n]*\n)*"
    r"[A-Za-z0-9+/=]{40}|PuTTY-User-Key-File-[23]: \S[^\x00]*Private-Lines: \d"
)
WEB_TOKEN = r"(eyJ[A-Za-z0-9_\-]{10,})\.(eyJ[A-Za-z0-9_\-]{10,})\.[A-Za-z0-9_\-]{20,}"
