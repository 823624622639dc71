"""Kinds and colours of garments: slugs, names in Korean and English, and the words that name them.

A *family* is what regions, filters and classifiers work with; a *finer kind* belongs to one family
and is told only where it is known.  This is the one list of all three: another kind, colour, name
or word of a feed is one more entry here.
"""

from __future__ import annotations

from dataclasses import dataclass


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
        "bustier poloshirt waistcoat hoody shrug buttondown halfzip quarterzip 상의 티셔츠 셔츠 "
        "블라우스 니트 스웨터 맨투맨 후드 가디건 조끼 반팔티 긴팔티 카라티 나시 민소매 탱크탑 "
        "크롭탑 뷔스티에 터틀넥 폴라티 목폴라 롱슬리브 헨리넥 래쉬가드 래시가드 남방 피케 카디건 "
        "반팔 긴팔 슬리브리스 튜브탑 브라탑 캐미솔 오프숄더 래글런 폴로티 커플티 단체티 기본티 "
        "목티 골지티 쫄티 라운드티 박스티 저지 유니폼",
    ),
    Term(
        "outer",
        "아우터",
        "Outerwear",
        "outer outerwear outwear coat jacket blazer parka padded fleece cape windbreaker anorak "
        "bomber trench puffer raincoat poncho overcoat peacoat shacket overshirt coatigan bolero "
        "windcheater puffervest downvest fleecevest paddedvest quiltedvest 아우터 코트 재킷 자켓 "
        "점퍼 패딩 블레이저 야상 집업 바람막이 플리스 블루종 트렌치 무스탕 후리스 뽀글이 사파리 "
        "아노락 윈드브레이커 패딩조끼 파카 볼레로 판초 케이프 우비 우의 과잠 블레이져 자케트 쟈켓 "
        "잠바 판쵸 코디건 깔깔이 셔켓",
    ),
    Term(
        "bottom",
        "하의",
        "Bottoms",
        "bottom pants trouser jean jeans shorts legging slacks jogger chino culotte sweatpants "
        "bermuda capri dungaree overalls palazzo jegging tregging khakis corduroys swimtrunks "
        "boardshorts 하의 바지 팬츠 청바지 슬랙스 레깅스 반바지 트레이닝 조거 치노 쇼츠 버뮤다 "
        "큐롯 부츠컷 멜빵 추리닝 츄리닝 찢청 스키니진 배기진 와이드진 일자진 슬림진 치랭스 "
        "치마바지 바지치마",
    ),
    Term("skirt", "스커트", "Skirt", "skirt skort 스커트 치마"),
    Term(
        "dress",
        "원피스",
        "Dress",
        "dress jumpsuit romper playsuit gown sundress shirtdress pinafore 원피스 드레스 점프수트 "
        "점프슈트 올인원",
    ),
    Term(
        "shoes",
        "신발",
        "Shoes",
        "shoe sneaker boot loafer sandal heels footwear hightop lowtop slipon pumps flats oxfords "
        "mule slipper flipflop flop clog trainer espadrille ballerina brogue moccasin maryjane "
        "derbies stiletto wedges crocs ugg cleat slides 신발 운동화 "
        "스니커즈 구두 부츠 로퍼 샌들 슬리퍼 워커 뮬 슬립온 하이힐 펌프스 플랫슈즈 단화 장화 쪼리 "
        "플립플랍 옥스포드화 더비슈즈 메리제인 블로퍼 골프화 런닝화 러닝화 등산화 축구화 슈즈 "
        "캔버스화 하이탑 웨지힐 스틸레토 통굽 어그 털신 고무신 크록스 실내화 모카신",
    ),
    Term(
        "hat",
        "모자",
        "Hat",
        "hat cap beanie beret fedora snapback visor headwear balaclava 모자 볼캡 캡모자 비니 "
        "버킷햇 벙거지 스냅백 베레모 페도라 버뮤다햇 트루퍼햇 썬캡 선캡 뉴스보이캡 군모 귀달이 "
        "바라클라바",
    ),
    Term(
        "bag",
        "가방",
        "Bag",
        "bag backpack tote handbag wallet crossbody clutch satchel duffel hobo pouch purse "
        "briefcase luggage suitcase rucksack cardholder cardcase fannypack waistpack bumbag "
        "moneybelt laptopsleeve 가방 백팩 토트백 크로스백 숄더백 에코백 클러치 힙색 슬링백 "
        "메신저백 보스턴백 호보백 미니백 버킷백 파우치 지갑 캐리어 복조리백 니트백 레더백 가죽백 "
        "나일론백 캔버스백 퀼팅백 라탄백 웨이스트백 카드홀더 카드케이스 짐색 쇼퍼백 체인백",
    ),
    Term(
        "accessory",
        "액세서리",
        "Accessory",
        "accessory accessories scarf scarves belt glove sock tie watch glasses sunglasses umbrella "
        "tights headband necklace earring bracelet anklet pendant brooch scrunchie shawl bandana "
        "eyewear jewelry jewellery keychain keyring cufflink snood mitten hosiery suspenders "
        "hairband ring earmuff pashmina stole stocking pantyhose legwarmer armwarmer choker "
        "hairclip headscarf necktie bowtie pocketsquare bagcharm hatpin walletchain 액세서리 "
        "악세서리 머플러 스카프 목도리 벨트 장갑 양말 넥타이 시계 선글라스 귀걸이 귀고리 이어링 "
        "목걸이 반지 팔찌 발찌 안경 우산 브로치 헤어핀 머리띠 헤어밴드 스타킹 키링 쥬얼리 주얼리 "
        "넥워머 숄 손수건 보타이 허리띠 덧신 레그워머 귀마개 집게핀 곱창밴드 머리끈 스크런치 귀찌 "
        "양산 토시 헤어클립 초커 펜던트 반다나",
    ),
    Term(
        WHOLE,
        "전체",
        "Whole photo",
        "hanger rack case bra bralette shoelace shoetree hatbox dressform dressinggown shirtstay "
        "collarstay bikinitop bikinibottom showercap 걸이 신발장 신발끈 깔창 단추 정리함 보관함 "
        "케이스 행거",
    ),
)
"""In the order in which they are offered, and in which label probabilities are stored.
The words of ``whole`` name what is no garment though it is called after one: a coat hanger."""

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
        "쥐색 재색 멜란지 멜란쥐",
    ),
    Term(
        "white",
        "흰색",
        "White",
        "white ivory cream ecru offwhite 화이트 흰 백색 하얀 아이보리 크림 오트밀 에크루 미색 순백",
    ),
    Term(
        "beige",
        "베이지",
        "Beige",
        "beige camel sand tan nude taupe oatmeal champagne oat 베이지 카멜 샌드 스킨 "
        "살색 누드 토프 샴페인",
    ),
    Term(
        "brown",
        "갈색",
        "Brown",
        "brown chocolate mocha coffee cognac espresso caramel chestnut mahogany 브라운 갈색 초코 "
        "모카 밤색 고동 카라멜 코코아 흙색",
    ),
    Term(
        "red",
        "빨강",
        "Red",
        "red burgundy wine maroon crimson scarlet 레드 빨강 빨간 버건디 와인 적색 자주색 팥죽색 "
        "체리색 벽돌색",
    ),
    Term(
        "orange", "주황", "Orange", "orange coral peach apricot 오렌지 주황 코랄 살구 연어색 다홍"
    ),
    Term(
        "yellow",
        "노랑",
        "Yellow",
        "yellow mustard butter gold 옐로 노랑 노란 머스터드 머스타드 겨자 버터 레몬 골드 "
        "금색 병아리색",
    ),
    Term(
        "green",
        "초록",
        "Green",
        "green khaki olive mint lime sage emerald pistachio 그린 초록 녹색 청록 풀색 연두 카키 "
        "국방 올리브 민트 쑥색 진녹 세이지 에메랄드",
    ),
    Term(
        "blue",
        "파랑",
        "Blue",
        "blue navy sky indigo denim teal turquoise aqua cyan cobalt azure lightwash "
        "midwash darkwash 블루 파랑 파란 청색 "
        "네이비 곤색 스카이 소라 하늘 남색 인디고 남청 군청 진청 중청 연청 생지 "
        "코발트",
    ),
    Term("purple", "보라", "Purple", "purple violet lavender lilac mauve plum 퍼플 보라 라벤더"),
    Term(
        "pink",
        "분홍",
        "Pink",
        "pink rose fuchsia magenta salmon blush rosegold 핑크 분홍 로즈 로즈골드",
    ),
)
"""Families of colours, in the order in which they are offered."""

LABELS: tuple[str, ...] = tuple(family.slug for family in FAMILIES)
"""Every family's slug, ``whole`` last."""

COLOUR_FAMILIES: tuple[str, ...] = tuple(colour.slug for colour in COLOURS)
"""The slugs that the colour filter knows."""

KINDS: dict[str, Term] = {kind.slug: kind for kind in (*FAMILIES, *FINER_KINDS)}
"""Every kind, families first, by slug."""


def names(lang: str) -> dict[str, str]:
    """The words of pages in ``lang``: ``label.SLUG`` of each kind, ``colour.SLUG`` of each
    colour."""
    return {f"label.{kind.slug}": kind.name(lang) for kind in KINDS.values()} | {
        f"colour.{colour.slug}": colour.name(lang) for colour in COLOURS
    }
