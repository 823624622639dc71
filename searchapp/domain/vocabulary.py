"""What the words of feeds name: kinds and colours, in the languages that shops write."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise

from searchapp.domain.taxonomy import COLOURS, FAMILIES, FINER_KINDS, KINDS, WHOLE, Term

_OTHER_LANGUAGES: dict[str, str] = {
    "top": "chemise chemisier débardeur chandail gilet camisa camiseta blusa sudadera chaleco "
    "weste westen hemd hemden bluse blusen strickjacke strickjacken pulli camicia maglietta maglia "
    "felpa シャツ ブラウス ニット セーター パーカー カーディガン トップス カットソー トレーナー "
    "スウェット タンクトップ 衬衫 衬衣 襯衫 上衣 毛衣 卫衣 t恤 针织衫 背心 рубаш футболк блузк "
    "свитер толстовк",
    "outer": "manteau manteaux veste blouson doudoune abrigo chaqueta cazadora jacke jacken mantel "
    "mäntel giacca cappotto piumino アウター コート ジャケット ブルゾン ダウン ジャンパー 外套 "
    "夹克 夾克 大衣 羽绒服 羽絨 风衣 куртк пальто пиджак пуховик",
    "bottom": "pantalon pantalón pantalones pantaloni vaqueros hose hosen パンツ ボトムス ズボン "
    "ジーンズ スラックス チノパン デニムパンツ レギンス 裤 褲 брюк джинс шорты",
    "skirt": "jupe falda röcke minirock midirock maxirock faltenrock jeansrock gonna gonne "
    "スカート 半身裙 裙 юбк",
    "dress": "robe vestido kleid kleider abito vestito ワンピース ドレス オールインワン 连衣裙 "
    "连身裙 連身裙 連衣裙 洋裝 плать комбинезон",
    "shoes": "chaussure bottes bottine escarpin sandale mocassin zapato zapatilla botas sandalia "
    "tacones schuh schuhe stiefel scarpa scarpe stivali 靴 シューズ スニーカー ブーツ サンダル "
    "パンプス ローファー スリッパ 鞋 обув кроссовк ботинк туфл",
    "hat": "chapeau chapeaux casquette bonnet sombrero gorra gorro mütze mützen hüte cappello 帽 "
    "キャップ ハット шапк кепк",
    "bag": "sac bolso mochila cartera tasche taschen rucksack borsa zaino バッグ リュック トート "
    "鞄 かばん 財布 錢包 ポーチ 背包 双肩包 钱包 手提包 单肩包 斜挎包 сумк рюкзак",
    "accessory": "écharpe foulard ceinture gants chaussette lunettes bufanda cinturón guantes "
    "calcetines gafas reloj schal gürtel handschuhe socken sonnenbrille sciarpa cintura "
    "アクセサリー マフラー ストール ベルト 手袋 靴下 ソックス ネクタイ 腕時計 サングラス メガネ "
    "ネックレス ピアス 指輪 围巾 腰带 手套 袜 项链 耳环 戒指 手表 墨镜 шарф ремень перчатк",
    "black": "schwarz noir noire negro negra nero nera ブラック 黒色 黑色 черн чёрн",
    "grey": "grau hellgrau dunkelgrau anthrazit gris grise grigio グレー チャコール シルバー 灰色 "
    "серый серая серое",
    "white": "weiß weiss creme crème écru blanc blanche blanco blanca bianco bianca crudo "
    "naturweiß 生成り ホワイト アイボリー クリーム 白色 белый белая белое",
    "beige": "beigefarben ベージュ キャメル 米色 бежев",
    "brown": "braun hellbraun dunkelbraun marron brun marrón marrone ブラウン 茶色 棕色 咖啡色 "
    "коричнев",
    "red": "えんじ rot dunkelrot bordeaux rouge rojo roja granate rosso rossa レッド ボルドー 赤色 "
    "红色 紅色 красн бордов",
    "orange": "naranja arancione オレンジ 橙色 оранжев",
    "yellow": "からし gelb senf jaune moutarde amarillo amarilla giallo イエロー マスタード 黄色 "
    "желт жёлт",
    "green": "抹茶 oliv grün gruen hellgrün dunkelgrün vert verte kaki verde グリーン カーキ "
    "オリーブ ミント 緑色 绿色 綠色 卡其色 зелен зелён",
    "blue": "blau hellblau dunkelblau bleu bleue marine marino marineblau türkis azul blu ブルー "
    "ネイビー インディゴ 水色 紺色 青色 蓝色 藍色 藏青 синий синяя синее голуб",
    "purple": "lila violett morado viola パープル ラベンダー 紫色 фиолетов",
    "pink": "rosa altrosa ピンク 粉色 粉红 розов",
}
"""French, Spanish, German, Italian, Japanese, Chinese and Russian words of feeds, by slug; Russian
ones as stems."""

_GERMAN_ENDINGS = (
    *("hemd", "hemden", "bluse", "blusen", "jacke", "jacken", "mantel", "mäntel", "hose", "hosen"),
    *("kleid", "kleider", "schuh", "schuhe", "stiefel", "mütze", "mützen", "tasche", "taschen"),
    *("pullover", "shirt", "shirts", "weste", "westen", "gürtel"),
)
"""How compounds such as ``Leinenhemd`` end; what they begin with has at least three letters."""

_COLUMN_WORDS: dict[str, str] = {
    "black": "黒 黑 墨黑 BK BLK 먹 흑 검 깜장 ONYX EBONY INK JET",
    "grey": "灰 银色 회 GY GRY CH SV MG CG DG LG SLATE ASH GUNMETAL STEEL PEWTER SMOKE",
    "white": "白 米白 하양 우유 WH WHT WT IV CR OW NATURAL EGGSHELL MILK SNOW PEARL CHALK BONE "
    "VANILLA ALABASTER",
    "beige": "驼色 BE BG CM STONE LATTE BISCUIT WHEAT FAWN BUFF SKIN 라떼 모래",
    "brown": "茶 棕 BR BRN DB TOBACCO RUST BRONZE WALNUT COPPER CINNAMON TOFFEE 커피",
    "red": "赤 红 酒红 빨 RD RED WN WI BD CHERRY RUBY BRICK OXBLOOD RASPBERRY BERRY MERLOT 체리 "
    "자주 ワイン",
    "orange": "橙 橘色 OR ORG TERRACOTTA TANGERINE PUMPKIN AMBER 피치 귤색",
    "yellow": "黄 개나리 YE YL LEMON CANARY HONEY OCHRE OCHER",
    "green": "緑 绿 军绿 墨绿 쑥 GN GRN KH KK MT OL FOREST ARMY MOSS JADE FERN",
    "blue": "青 紺 蓝 天蓝 サックス BL BU NV NY SB SK LB IN MIDNIGHT PETROL ROYAL 청 곤청 데님",
    "purple": "紫 PU PP VI VL 바이올렛 라일락 EGGPLANT AUBERGINE GRAPE ORCHID AMETHYST",
    "pink": "粉 玫红 PK PNK IP BUBBLEGUM FLAMINGO",
}
"""What names a colour where nothing else stands, in a colour column; in titles it may not."""

COLOUR_CODES = {code: slug for slug, codes in _COLUMN_WORDS.items() for code in codes.split()}
"""What shops write in a colour column for short."""

_PRECEDENCE = ("dress", "skirt", "shoes", "bag", "hat", "outer", "bottom", "top", "accessory")
"""Which family counts where several name one thing: a vest dress is a dress."""

_SIBILANT_ENDINGS = ("s", "x", "ch", "sh")
_LATIN = re.compile("[a-zß-öø-ÿœ]+(?:-[a-zß-öø-ÿœ]+)*")
_COLOUR_PARTS = re.compile(r"[/;,|+&]|\s(?:and|und|et|y)\s", re.IGNORECASE)
_AROUND_CODES = re.compile(r"^[\W\d_]+|[\W\d_]+$")
"""Numbers and brackets, as in ``[BK]`` and ``01 NV``."""
_ADDED = re.compile(r"\b(?:with|in|mit|aus|avec|en)\b|\bw/|[(\[+,]", re.IGNORECASE)
"""Begins what a garment has or is of: a dress with a belt is a dress."""
_TEE = re.compile(r"(?<![가-힣])[티탑](?![가-힣])")
"""Short for T-shirt as a word of its own; in others it means something else."""
_BESIDE = re.compile(r"\b(?:with|mit|avec)\b|\bw/", re.IGNORECASE)
"""Begins what has a colour of its own: a shirt with black buttons is not black."""
_ONE_OF = re.compile(r"[/&]|\s(?:and|und|et|y|앤)\s", re.IGNORECASE)
"""Between colours of a title; in the column for colours there are more such signs."""
_NO_COLOUR = re.compile(
    "블루종|블루투스|하늘하늘|하늘거리|레드윙|크림치즈|와인잔|소라게|버터플라이|샌드위치|모카신"
    "|레드벨벳|red wing|black friday|(?:black|white|purple|red) label|butterfly",
    re.IGNORECASE,
)
"""Words that begin like a colour and name something else."""
_ATTRIBUTES = frozenset(
    {"longsleeve", "turtleneck", "crewneck", "henley", "halfzip", "quarterzip", "buttondown"}
    | {"knit", "fleece", "padded", "jersey", "polo", "denim"}
    | {"반팔", "긴팔", "민소매", "나시", "슬리브리스", "롱슬리브", "터틀넥", "목폴라", "헨리넥"}
    | {"오프숄더", "래글런", "니트", "후드", "플리스", "후리스", "저지", "트레이닝", "숄"}
)
"""Words that name a garment, or a colour, where no other word does: a dress may be knit, of long
sleeves; denim may be black."""


@lru_cache(8192)
def kind_of(category: str, title: str) -> str:
    """The family's slug that the words name, the category's first; ``whole`` if none does."""
    return _FAMILIES.last_named(category, *_garment(title)) or WHOLE


@lru_cache(8192)
def finer_kind_of(family: str, category: str, title: str) -> str:
    """The slug of the kind within ``family`` that the words name, the title's first; empty if none
    does: shops sort by coarse categories."""
    slug = _FINER.last_named(*_garment(title), category)
    return slug if slug and KINDS[slug].family == family else ""


@lru_cache(8192)
def colour_family(colour: str, title: str) -> str:
    """The slug of the colour family that the words name, the colour's first; empty if none
    does.  A colour may be a code of shops such as ``BK``, alone; of several (``Black/White``) the
    first is the main one."""
    for part in _COLOUR_PARTS.split(colour):
        code = COLOUR_CODES.get(_AROUND_CODES.sub("", part).upper())
        if named := code or _COLOURS.last_named(part):
            return named
    own = _BESIDE.split(_NO_COLOUR.sub(" ", title), maxsplit=1)[0]
    return _COLOURS.last_named(*_ONE_OF.split(own))


def _garment(title: str) -> tuple[str, str]:
    """What names the garment: the words before what comes with it, else all."""
    title = _TEE.sub("티셔츠", title)
    return _ADDED.split(title, maxsplit=1)[0], title


def kind_of_any(words: Iterable[str]) -> str:
    """The slug of the first family, in order of precedence, that any of the English ``words``
    names; empty if none does."""
    named = {_kind_of_word(word) for word in words}
    return next((slug for slug in _PRECEDENCE if slug in named), "")


def _forms(word: str) -> tuple[str, ...]:
    """Singular and plural of a word in Latin letters; another one as it is."""
    if not _LATIN.fullmatch(word):
        return (word,)
    return word, f"{word}es" if word.endswith(_SIBILANT_ENDINGS) else f"{word}s"


def _word_table(terms: Iterable[Term]) -> dict[str, str]:
    """Word, singular or plural -> slug."""
    return {form: term.slug for term in terms for word in _words(term) for form in _forms(word)}


def _words(term: Term) -> list[str]:
    return f"{term.words} {_OTHER_LANGUAGES.get(term.slug, '')}".split()


_FAMILY_WORDS, _FINER_WORDS = _word_table(FAMILIES), _word_table(FINER_KINDS)
_COLOUR_WORDS = {word: colour.slug for colour in COLOURS for word in _words(colour)}


def _kind_of_word(word: str) -> str:
    """What a word is as a whole (``t-shirt``), or what its last part is (``shirt-dress``, but
    ``cap-sleeve`` is no cap; ``Leinenhemd``)."""
    last = word.rpartition("-")[2]
    endings = (_FAMILY_WORDS[end] for end in _GERMAN_ENDINGS if last[3:].endswith(end))
    return _whole_or_last(_FAMILY_WORDS, word) or next(endings, "")


def _whole_or_last(table: Mapping[str, str], word: str) -> str:
    return table.get(word.replace("-", "")) or table.get(word.rpartition("-")[2], "")


def _finer_of_word(word: str) -> str:
    return _whole_or_last(_FINER_WORDS, word)


def _colour_of_word(word: str) -> str:
    """The last part that is a colour: off-white is white, a black-washed cloth black."""
    return next((_COLOUR_WORDS[p] for p in reversed(word.split("-")) if p in _COLOUR_WORDS), "")


class _Lexicon:
    """Words, and what a word in Latin letters names; others may stand in longer ones."""

    def __init__(self, words: Mapping[str, str], latin: Callable[[str], str]) -> None:
        self._words = words
        self._latin = latin
        self._unspaced = {word for word in words if not _LATIN.fullmatch(word)}

    def last_named(self, *texts: str) -> str:
        """What the last word that names anything means, in the first of ``texts`` that has one: the
        narrowest category comes last, and in a title the noun does.  Of two words that end
        together the longer one counts, and an attribute only where there is nothing else.
        """
        for text in texts:
            named = [entry for entry in self._named(text.lower()) if entry[3]]
            if named:
                return max(named)[3]
        return ""

    def _named(self, text: str) -> Iterator[tuple[bool, int, int, str]]:
        """Of each word: whether it is more than an attribute, its end, its length, its slug."""
        found = [*_LATIN.finditer(text)]
        for word, end in ((one.group(), one.end()) for one in found):
            yield word.replace("-", "") not in _ATTRIBUTES, end, len(word), self._latin(word)
        for first, second in pairwise(found):
            # Two words may be one: "low top", "rain coat".
            word = first.group() + second.group()
            if second.start() == first.end() + 1 and word in self._words:
                yield word not in _ATTRIBUTES, second.end(), len(word), self._words[word]
        for word in () if text.isascii() else self._unspaced:
            if (start := text.rfind(word)) >= 0:
                yield word not in _ATTRIBUTES, start + len(word), len(word), self._words[word]


_FAMILIES = _Lexicon(_FAMILY_WORDS, _kind_of_word)
_FINER = _Lexicon(_FINER_WORDS, _finer_of_word)
_COLOURS = _Lexicon(_COLOUR_WORDS, _colour_of_word)
