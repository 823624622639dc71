"""Kinds and colours of garments: slugs, names in Korean and English, and the words that name them.

A *family* is what regions, filters and classifiers work with; a *finer kind* belongs to one family
and is told only where it is known.  This is the one list of all three: another kind, colour, name
or word of a feed is one more entry here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial


@dataclass(frozen=True, slots=True)
class Term:
    """A kind or a colour.

    ``korean`` and ``english`` are its names; ``words`` name it in feeds and in detectors' labels:
    English ones in the singular, in lower case and without hyphens, Korean ones as they stand in
    longer words.  ``family`` is the slug of the family of a finer kind, and empty for a family.
    """

    slug: str
    korean: str
    english: str
    words: str = ""
    family: str = ""

    def name(self, lang: str) -> str:
        """The name in ``lang`` (``ko`` or ``en``)."""
        return self.english if lang == "en" else self.korean


WHOLE = "whole"
"""The family of no particular kind: it narrows nothing."""

FAMILIES: tuple[Term, ...] = (
    Term(
        "top",
        "상의",
        "Top",
        "top shirt tshirt tee blouse knit sweater sweatshirt hoodie cardigan longsleeve polo "
        "pullover undershirt vest camisole bodysuit turtleneck henley crewneck jersey tunic "
        "bustier poloshirt 상의 티셔츠 셔츠 블라우스 니트 스웨터 맨투맨 후드 가디건 조끼 반팔티 "
        "긴팔티 카라티 나시 민소매 탱크탑 크롭탑 뷔스티에 터틀넥 폴라티 목폴라 롱슬리브 헨리넥 "
        "래쉬가드 래시가드 남방 피케 카디건",
    ),
    Term(
        "outer",
        "아우터",
        "Outerwear",
        "outer outerwear outwear coat jacket blazer parka padded fleece cape windbreaker anorak "
        "bomber trench puffer raincoat poncho overcoat peacoat shacket 아우터 코트 재킷 자켓 점퍼 "
        "패딩 블레이저 야상 집업 바람막이 플리스 블루종 트렌치 무스탕 후리스 뽀글이 사파리 아노락 "
        "윈드브레이커 패딩조끼 파카",
    ),
    Term(
        "bottom",
        "하의",
        "Bottoms",
        "bottom pants trouser jean jeans shorts legging slacks jogger chino culotte sweatpants "
        "bermuda capri dungaree overalls 하의 바지 팬츠 청바지 슬랙스 레깅스 반바지 트레이닝 조거 "
        "치노 쇼츠 버뮤다 큐롯 부츠컷 멜빵",
    ),
    Term("skirt", "스커트", "Skirt", "skirt skort 스커트 치마"),
    Term(
        "dress",
        "원피스",
        "Dress",
        "dress jumpsuit romper playsuit gown sundress shirtdress 원피스 드레스 점프수트 올인원",
    ),
    Term(
        "shoes",
        "신발",
        "Shoes",
        "shoe sneaker boot loafer sandal heels footwear hightop lowtop slipon pumps flats oxfords "
        "mule slipper flipflop flop clog trainer espadrille ballerina brogue moccasin 신발 운동화 "
        "스니커즈 구두 부츠 로퍼 샌들 슬리퍼 워커 뮬 슬립온 하이힐 펌프스 플랫슈즈 단화 장화 쪼리 "
        "플립플랍 옥스포드화 더비슈즈 메리제인 블로퍼 골프화 런닝화 러닝화 등산화 축구화 슈즈",
    ),
    Term(
        "hat",
        "모자",
        "Hat",
        "hat cap beanie beret fedora snapback visor headwear 모자 볼캡 캡모자 비니 버킷햇 벙거지 "
        "스냅백 베레모 페도라",
    ),
    Term(
        "bag",
        "가방",
        "Bag",
        "bag backpack tote handbag wallet crossbody clutch satchel duffel hobo pouch purse "
        "briefcase luggage suitcase rucksack cardholder 가방 백팩 토트백 크로스백 숄더백 에코백 "
        "클러치 힙색 슬링백 메신저백 보스턴백 호보백 미니백 버킷백 파우치 지갑 캐리어",
    ),
    Term(
        "accessory",
        "액세서리",
        "Accessory",
        "accessory accessories scarf scarves belt glove sock tie watch glasses sunglasses umbrella "
        "tights headband necklace earring bracelet anklet pendant brooch scrunchie shawl bandana "
        "eyewear jewelry jewellery keychain keyring cufflink snood mitten hosiery suspenders "
        "hairband 액세서리 악세서리 머플러 스카프 목도리 벨트 장갑 양말 넥타이 시계 선글라스 "
        "귀걸이 귀고리 이어링 목걸이 반지 팔찌 발찌 안경 우산 브로치 헤어핀 머리띠 헤어밴드 스타킹 "
        "키링 쥬얼리 주얼리 넥워머",
    ),
    Term(WHOLE, "전체", "Whole photo"),
)
"""In the order in which they are offered, and in which label probabilities are stored."""

FINER_KINDS: tuple[Term, ...] = (
    Term("tshirt", "티셔츠", "T-shirt", "tshirt tee 티셔츠 반팔티 긴팔티", "top"),
    Term("shirt", "셔츠", "Shirt", "shirt blouse poloshirt 셔츠 블라우스 남방", "top"),
    Term("knit", "니트", "Knitwear", "knit sweater cardigan pullover 니트 스웨터 가디건", "top"),
    Term("hoodie", "후드", "Hoodie", "hoodie 후드 후드티", "top"),
    Term("coat", "코트", "Coat", "coat overcoat peacoat trench raincoat 코트 트렌치", "outer"),
    Term("jacket", "재킷", "Jacket", "jacket blazer 재킷 자켓 블레이저", "outer"),
    Term("shorts", "반바지", "Shorts", "shorts bermuda 반바지 쇼츠 하프팬츠", "bottom"),
    Term("jeans", "청바지", "Jeans", "jean jeans 청바지 데님팬츠", "bottom"),
    Term("trousers", "긴바지", "Trousers", "pants trouser slacks chino 긴바지 슬랙스", "bottom"),
)
"""Kinds within a family; skirts and dresses are families of their own."""

COLOURS: tuple[Term, ...] = (
    Term("black", "검정", "Black", "black 블랙 검정 흑청 검은색 흑색 먹색 까만 까망"),
    Term(
        "grey",
        "회색",
        "Grey",
        "grey gray charcoal silver anthracite graphite melange 그레이 회색 차콜 챠콜 실버 은색 "
        "쥐색 멜란지 멜란쥐",
    ),
    Term(
        "white",
        "흰색",
        "White",
        "white ivory cream ecru offwhite 화이트 흰색 백색 하얀 아이보리 크림 오트밀 에크루 미색 "
        "순백",
    ),
    Term(
        "beige",
        "베이지",
        "Beige",
        "beige camel sand tan nude taupe oatmeal champagne 베이지 카멜 샌드 스킨 누드 토프 샴페인",
    ),
    Term(
        "brown",
        "갈색",
        "Brown",
        "brown chocolate mocha coffee cognac espresso caramel chestnut mahogany 브라운 갈색 초코 "
        "모카 밤색 고동 카라멜 흙색",
    ),
    Term(
        "red",
        "빨강",
        "Red",
        "red burgundy wine maroon crimson scarlet 레드 빨강 빨간 버건디 와인 자주색 체리색 벽돌색",
    ),
    Term("orange", "주황", "Orange", "orange coral peach apricot 오렌지 주황 코랄 살구 다홍"),
    Term(
        "yellow",
        "노랑",
        "Yellow",
        "yellow mustard butter gold 옐로 노랑 노란 머스터드 머스타드 겨자 버터 레몬 골드",
    ),
    Term(
        "green",
        "초록",
        "Green",
        "green khaki olive mint lime sage emerald pistachio 그린 초록 녹색 연두 카키 국방 올리브 "
        "민트 쑥색 진녹 세이지 에메랄드",
    ),
    Term(
        "blue",
        "파랑",
        "Blue",
        "blue navy sky indigo denim teal turquoise aqua cyan cobalt azure 블루 파랑 파란 청색 "
        "네이비 곤색 스카이 소라 하늘 남색 인디고 진청 중청 연청 생지 코발트",
    ),
    Term("purple", "보라", "Purple", "purple violet lavender lilac mauve plum 퍼플 보라 라벤더"),
    Term("pink", "분홍", "Pink", "pink rose fuchsia magenta salmon blush 핑크 분홍 로즈"),
)
"""Families of colours, in the order in which they are offered."""

_OTHER_LANGUAGES: dict[str, str] = {
    "top": "chemise chemisier débardeur chandail gilet camisa camiseta blusa sudadera chaleco hemd "
    "hemden bluse blusen strickjacke strickjacken pulli camicia maglietta maglia felpa シャツ "
    "ブラウス ニット セーター パーカー カーディガン トップス カットソー トレーナー スウェット "
    "タンクトップ 衬衫 衬衣 襯衫 上衣 毛衣 卫衣 t恤 针织衫 背心 рубаш футболк блузк свитер "
    "толстовк",
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
    "white": "weiß weiss creme crème écru blanc blanche blanco blanca bianco bianca crudo ホワイト "
    "アイボリー クリーム 白色 белый белая белое",
    "beige": "ベージュ キャメル 米色 бежев",
    "brown": "braun hellbraun dunkelbraun marron brun marrón marrone ブラウン 茶色 棕色 咖啡色 "
    "коричнев",
    "red": "rot dunkelrot bordeaux rouge rojo roja granate rosso rossa レッド ボルドー 赤色 红色 "
    "紅色 красн бордов",
    "orange": "naranja arancione オレンジ 橙色 оранжев",
    "yellow": "gelb senf jaune moutarde amarillo amarilla giallo イエロー マスタード 黄色 желт "
    "жёлт",
    "green": "grün gruen hellgrün dunkelgrün vert verte kaki verde グリーン カーキ オリーブ ミント "
    "緑色 绿色 綠色 卡其色 зелен зелён",
    "blue": "blau hellblau dunkelblau bleu bleue marine marino azul blu ブルー ネイビー インディゴ "
    "水色 紺色 青色 蓝色 藍色 藏青 синий синяя синее голуб",
    "purple": "lila violett morado viola パープル ラベンダー 紫色 фиолетов",
    "pink": "rosa ピンク 粉色 粉红 розов",
}
"""French, Spanish, German, Italian, Japanese, Chinese and Russian words of feeds, by slug; Russian
ones as stems."""

_GERMAN_ENDINGS = (
    *("hemd", "hemden", "bluse", "blusen", "jacke", "jacken", "mantel", "mäntel", "hose", "hosen"),
    *("kleid", "kleider", "schuh", "schuhe", "stiefel", "mütze", "mützen", "tasche", "taschen"),
)
"""How compounds such as ``Leinenhemd`` end; what they begin with has at least three letters."""

_COLUMN_WORDS: dict[str, str] = {
    "black": "黒 黑 墨黑 BK BLK 먹 ONYX EBONY INK JET",
    "grey": "灰 银色 GY GRY CH SV MG CG DG LG SLATE ASH GUNMETAL STEEL PEWTER SMOKE",
    "white": "白 米白 WH WHT WT IV CR OW NATURAL EGGSHELL MILK SNOW PEARL CHALK BONE VANILLA "
    "ALABASTER",
    "beige": "驼色 BE BG CM STONE LATTE BISCUIT WHEAT FAWN BUFF SKIN 라떼 모래",
    "brown": "茶 棕 BR BRN DB TOBACCO RUST BRONZE WALNUT COPPER CINNAMON TOFFEE 커피",
    "red": "赤 红 酒红 RD RED WN WI BD CHERRY RUBY BRICK OXBLOOD RASPBERRY BERRY MERLOT 체리 자주 "
    "ワイン",
    "orange": "橙 橘色 OR ORG TERRACOTTA TANGERINE PUMPKIN AMBER 피치 귤색",
    "yellow": "黄 YE YL LEMON CANARY HONEY OCHRE OCHER",
    "green": "緑 绿 军绿 墨绿 GN GRN KH KK MT OL FOREST ARMY MOSS JADE FERN",
    "blue": "青 紺 蓝 天蓝 サックス BL BU NV NY NA SB SK LB IN MIDNIGHT PETROL 청 데님",
    "purple": "紫 PU PP VI VL 바이올렛 라일락 EGGPLANT AUBERGINE GRAPE ORCHID AMETHYST",
    "pink": "粉 玫红 PK PNK IP BUBBLEGUM FLAMINGO",
}
"""What names a colour where nothing else stands, in a colour column; in titles it may not."""

COLOUR_CODES = {code: slug for slug, codes in _COLUMN_WORDS.items() for code in codes.split()}
"""What shops write in a colour column for short."""

LABELS: tuple[str, ...] = tuple(family.slug for family in FAMILIES)
"""Every family's slug, ``whole`` last."""

COLOUR_FAMILIES: tuple[str, ...] = tuple(colour.slug for colour in COLOURS)
"""The slugs that the colour filter knows."""

KINDS: dict[str, Term] = {kind.slug: kind for kind in (*FAMILIES, *FINER_KINDS)}
"""Every kind, families first, by slug."""

_PRECEDENCE = ("dress", "skirt", "shoes", "bag", "hat", "outer", "bottom", "top", "accessory")
"""Which family counts where several name one thing: a vest dress is a dress."""

_SIBILANT_ENDINGS = ("s", "x", "ch", "sh")
_LATIN = re.compile("[a-zß-öø-ÿœ]+(?:-[a-zß-öø-ÿœ]+)*")
_COLOUR_PARTS = re.compile(r"[/;,|+&]|\s(?:and|und|et|y)\s", re.IGNORECASE)
_AROUND_CODES = re.compile(r"^[\W\d_]+|[\W\d_]+$")
"""Numbers and brackets, as in ``[BK]`` and ``01 NV``."""
_ADDED = re.compile(r"\b(?:with|in|mit|aus|avec|en)\b|\bw/|[(\[+,]", re.IGNORECASE)
"""Begins what a garment has or is of: a dress with a belt is a dress."""
_TEE = re.compile(r"(?<=\s)티(?![가-힣])")
"""Short for T-shirt as a word of its own; in others it means something else."""


def names(lang: str) -> dict[str, str]:
    """The words of pages in ``lang``: ``label.SLUG`` of each kind, ``colour.SLUG`` of each
    colour."""
    return {f"label.{kind.slug}": kind.name(lang) for kind in KINDS.values()} | {
        f"colour.{colour.slug}": colour.name(lang) for colour in COLOURS
    }


@lru_cache(8192)
def kind_of(category: str, title: str) -> str:
    """The family's slug that the words name, the category's first; ``whole`` if none does."""
    return _last_named(_UNSPACED_FAMILIES, _kind_of_word, category, *_garment(title)) or WHOLE


@lru_cache(8192)
def finer_kind_of(family: str, category: str, title: str) -> str:
    """The slug of the kind within ``family`` that the words name, the title's first; empty if none
    does: shops sort by coarse categories."""
    word = partial(_whole_or_last, _FINER_WORDS)
    slug = _last_named(_UNSPACED_FINER, word, *_garment(title), category)
    return slug if slug and KINDS[slug].family == family else ""


@lru_cache(8192)
def colour_family(colour: str, title: str) -> str:
    """The slug of the colour family that the words name, the colour's first; empty if none
    does.  A colour may be a code of shops such as ``BK``, alone; of several (``Black/White``) the
    first is the main one."""
    for part in _COLOUR_PARTS.split(colour):
        code = COLOUR_CODES.get(_AROUND_CODES.sub("", part).upper())
        if named := code or _last_named(_UNSPACED_COLOURS, _colour_of_word, part):
            return named
    return _last_named(_UNSPACED_COLOURS, _colour_of_word, title)


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


_FAMILY_WORDS = _word_table(FAMILIES)
_COLOUR_WORDS = {word: colour.slug for colour in COLOURS for word in _words(colour)}
_FINER_WORDS = _word_table(FINER_KINDS)
_UNSPACED_FAMILIES, _UNSPACED_COLOURS, _UNSPACED_FINER = (
    {word: slug for word, slug in table.items() if not _LATIN.fullmatch(word)}
    for table in (_FAMILY_WORDS, _COLOUR_WORDS, _FINER_WORDS)
)


def _kind_of_word(word: str) -> str:
    """What a word is as a whole (``t-shirt``), or what its last part is (``shirt-dress``, but
    ``cap-sleeve`` is no cap; ``Leinenhemd``)."""
    last = word.rpartition("-")[2]
    endings = (_FAMILY_WORDS[end] for end in _GERMAN_ENDINGS if last[3:].endswith(end))
    return _whole_or_last(_FAMILY_WORDS, word) or next(endings, "")


def _whole_or_last(table: Mapping[str, str], word: str) -> str:
    return table.get(word.replace("-", "")) or table.get(word.rpartition("-")[2], "")


def _colour_of_word(word: str) -> str:
    """The last part that is a colour: off-white is white, a black-washed cloth black."""
    return next((_COLOUR_WORDS[p] for p in reversed(word.split("-")) if p in _COLOUR_WORDS), "")


def _last_named(unspaced: Mapping[str, str], latin: Callable[[str], str], *texts: str) -> str:
    """What the last word that names anything means, in the first of ``texts`` that has one: the
    narrowest category comes last, and in a title the noun does.  Of two words that end together
    the longer one counts.

    :param unspaced: words that may stand in longer ones; those in Latin letters are left to
        ``latin``.
    """
    for text in texts:
        lowered = text.lower()
        named = [
            (found.end(), len(found.group()), latin(found.group()))
            for found in _LATIN.finditer(lowered)
        ]
        named += [
            (lowered.rfind(word) + len(word), len(word), slug)
            for word, slug in (() if lowered.isascii() else unspaced.items())
            if word in lowered
        ]
        last = max((entry for entry in named if entry[2]), default=(0, 0, ""))[2]
        if last:
            return last
    return ""
