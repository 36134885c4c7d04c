"""The interface in Korean, by its English texts."""

from __future__ import annotations

from typing import Final

from tui.korean_keys import TEXTUAL_KEYS

_EVERYWHERE: Final = {
    "Search": "검색",
    "Search again": "다시 검색",
    "Choose photo": "사진 선택",
    "Help": "도움말",
    "Quit": "종료",
    "Ctrl+Q quits.": "Ctrl+Q를 누르면 끝납니다.",
    "Back": "뒤로",
    "Close": "닫기",
    "Cancel": "취소",
    "Theme": "테마",
    "Other colours": "색을 바꿉니다",
    "Another photo to search with": "다른 사진으로 검색합니다",
    "Ask with the photo, box and filters as they are": "지금 사진과 상자, 조건으로 검색합니다",
    "Go back through this session's searches": "이전 검색으로 돌아갑니다",
    "Go forward again": "다음 검색으로 갑니다",
    "The search as a command for a shell": "검색을 셸 명령으로 복사합니다",
    "The search as a command for NATS": "검색을 NATS 명령으로 복사합니다",
    "The keys that work here": "여기서 쓰는 키",
    "Leave lookalike": "lookalike를 끝냅니다",
    "Language: {name}": "언어: {name}",
    "The interface in another language": "화면의 언어를 바꿉니다",
    "Previous search": "이전 검색",
    "Next search": "다음 검색",
    "Copy as curl": "curl 명령 복사",
    "Copy as nats req": "nats req 명령 복사",
    "Copied as {tool}.": "{tool} 명령을 복사했습니다.",
    "This photo's name is not UTF-8: rename it to copy the search.": (
        "사진 이름이 UTF-8이 아닙니다. 이름을 바꾸면 검색을 복사할 수 있습니다."
    ),
    "Link copied.": "링크를 복사했습니다.",
    "No browser here: link copied.": ("여기서는 브라우저를 열 수 없어 링크를 복사했습니다."),
    "This product's page is no web address.": "이 상품의 링크는 웹 주소가 아닙니다.",
    "Looking …": "찾는 중 …",
    "Esc cancels.": "Esc: 취소",
    "The answer is here: Esc shows it.": "결과가 나왔습니다. Esc: 보기",
    "Ctrl+R tries again.": "Ctrl+R: 다시 시도",
}

_CHOOSE: Final = {
    "Choose a photo": "사진을 고르세요",
    "Photo": "사진",
    "Photos here": "이 폴더의 사진",
    "Folder above": "상위 폴더",
    "Preview": "미리보기",
    "Recent": "최근 사진",
    "Type or paste a path, or drop a photo here": "경로를 입력하거나 사진을 끌어 놓으세요",
    "Enter takes a photo. Tab goes on to the next part.": "Enter: 사진 선택, Tab: 다음 칸",
    "A photo shows here before you take it.": "고르기 전에 사진이 여기 보입니다.",
    "no photo": "사진 아님",
    "A photo's path. Drop a file into the terminal, or paste its path; ~ is your home.": (
        "사진의 경로입니다. 파일을 터미널에 끌어 놓거나 경로를 붙여 넣으세요. ~는 홈 폴더입니다."
    ),
    "Folders and photos. Enter opens a folder or takes a photo; Ctrl+Up goes a folder up.": (
        "폴더와 사진입니다. Enter로 폴더를 열거나 사진을 고르고, Ctrl+↑로 상위 폴더에 갑니다."
    ),
}

_LOOK: Final = {
    "Box": "상자",
    "width": "너비",
    "height": "높이",
    "Close up": "확대",
    "the whole photo": "사진 전체",
    "suggestion {n} of {all}": "제안 {n}/{all}",
    "Next suggestion": "다음 제안",
    "Previous suggestion": "이전 제안",
    "All of it": "전체",
    "No photo yet: Ctrl+O chooses one.": "사진이 없습니다. Ctrl+O로 고르세요.",
    "Draw a box around the garment, then press Enter.": "옷에 상자를 그리고 Enter를 누르세요.",
    "Move the box by 1 px": "상자를 1 px 옮기기",
    "Move the box by 10 px": "상자를 10 px 옮기기",
    "Move its lower right corner by 1 px": "오른쪽 아래 모서리를 1 px 옮기기",
    "Move its lower right corner by 10 px": "오른쪽 아래 모서리를 10 px 옮기기",
    "Grow the box by 1 px": "상자를 1 px 키우기",
    "Grow the box by 10 px": "상자를 10 px 키우기",
    "Shrink the box by 1 px": "상자를 1 px 줄이기",
    "Shrink the box by 10 px": "상자를 10 px 줄이기",
    "The photo. Draw a box around the garment with the mouse, move it with the arrow keys, or take "
    "one that the service suggests.": (
        "사진입니다. 마우스로 옷에 상자를 그리거나 화살표로 옮기거나, 서비스가 제안하는 상자를 "
        "고르세요."
    ),
    "The box in pixels of the photo: left edge, upper edge, width, height. What can't be is said "
    "below while you type; the picture follows.": (
        "사진의 픽셀로 나타낸 상자: 왼쪽, 위쪽, 너비, 높이. 잘못된 값은 입력하는 동안 아래에 "
        "알려 드립니다."
    ),
    "a number is needed": "정수를 넣으세요",
    "0 to {most} lies inside": "0~{most}까지",
    "{most} at most": "최대 {most}",
    "{least} to {most} fits": "{least}~{most}까지",
}

_ASK: Final = {
    "Looking for": "찾는 조건",
    "Category": "종류",
    "Up to": "최고가",
    "Brands": "브랜드",
    "Sort by": "정렬",
    "Look costs": "찾는 옷 값",
    "How many": "개수",
    "automatic": "자동",
    "anything": "모두",
    "any price": "제한 없음",
    "any brand": "모든 브랜드",
    "not known": "모름",
    "similarity": "비슷한 순",
    "price": "가격순",
    "value": "가성비순",
    "an amount like 40 or 39.90 is needed": "40이나 39.90 같은 금액을 넣으세요",
    "an amount above 0 is needed": "0보다 큰 금액을 넣으세요",
    "a number from 1 to {most} is needed": "1~{most}의 수를 넣으세요",
    "What to look for. Typed fields count when you press Enter or leave them; brands go between "
    "commas. What your photo's look costs is what savings are measured from.": (
        "무엇을 찾을지 정합니다. 입력한 값은 Enter를 누르거나 칸을 떠날 때 쓰입니다. 브랜드는 "
        "쉼표로 나눕니다. 사진 속 옷의 값을 적으면 절약한 금액을 그 값과 견줍니다."
    ),
    "t-shirt": "티셔츠",
    "longsleeve": "긴소매",
    "polo": "폴로",
    "undershirt": "민소매",
    "shirt": "셔츠",
    "hoodie": "후드",
    "outerwear": "아우터",
    "dress": "원피스",
    "skirt": "치마",
    "pants": "바지",
    "shorts": "반바지",
    "shoes": "신발",
    "hat": "모자",
}

_RESULTS: Final = {
    "You look for": "찾는 옷",
    "More like it": "비슷한 것 더",
    "Similar": "비슷한 상품",
    "More like ": "비슷한 상품: ",
    "Open": "열기",
    "Open page": "페이지 열기",
    "Copy link": "링크 복사",
    "Copy the link": "링크 복사",
    "Like": "좋아요",
    "Dislike": "별로예요",
    "Mark as liked": "좋아요 표시",
    "Mark as not for me": "별로예요 표시",
    "I like it": "좋아요",
    "not for me": "별로예요",
    "Filters": "조건",
    "View": "보기",
    "Save": "저장",
    "Details": "자세히",
    "or": "또는",
    "looked among": "찾은 종류:",
    "no picture": "사진 없음",
    "same look": "같은 옷",
    "similar": "비슷함",
    "a bit alike": "조금 비슷",
    "not close": "다름",
    "saves {amount}": "절약 {amount}",
    "no price": "가격 정보 없음",
    "sold out": "품절",
    "{match} sure that it is the same look": "같은 옷일 확률 {match}",
    "category": "종류",
    "product": "상품",
    "page": "페이지",
    "The same look is in the catalogue.": "같은 옷이 있습니다.",
    "Similar looks are in the catalogue.": "비슷한 옷이 있습니다.",
    "Nothing close is in the catalogue; these come nearest.": (
        "비슷한 옷이 없습니다. 그나마 가까운 상품입니다."
    ),
    "Nothing close fits these filters; these come nearest.": (
        "조건에 맞는 비슷한 옷이 없습니다. 그나마 가까운 상품입니다."
    ),
    "No product fits these filters.": "조건에 맞는 상품이 없습니다.",
    "No product of this category is in the catalogue.": "이 종류의 상품이 없습니다.",
    "No other product of this category is in the catalogue.": "이 종류의 다른 상품이 없습니다.",
    "No other product is in the catalogue.": "다른 상품이 없습니다.",
    "The catalogue is empty.": "카탈로그가 비어 있습니다.",
    "{n} products.  + likes, - dislikes, [ and ] go through your searches.": (
        "상품 {n}개.  +/-: 좋아요/별로예요, [ ]: 검색 기록"
    ),
    "Loosen the filters (F): another category, a higher price, any brand.": (
        "조건(F)을 넓혀 보세요: 다른 종류, 더 높은 가격, 모든 브랜드."
    ),
    "#": "#",
    "Alike": "유사도",
    "Match": "일치",
    "Price": "가격",
    "Saving": "절약",
    "Title": "상품명",
    "Brand": "브랜드",
    "Previous product": "이전 상품",
    "Next product": "다음 상품",
    "Product above": "위 상품",
    "Product below": "아래 상품",
    "First product": "첫 상품",
    "Last product": "마지막 상품",
    "A product that looks like yours. Enter shows all about it.": (
        "비슷한 상품입니다. Enter를 누르면 자세히 보입니다."
    ),
    "The products as a table. Enter shows all about one.": (
        "상품 표입니다. Enter를 누르면 자세히 보입니다."
    ),
}

_SAVE_AND_START: Final = {
    "Save the result": "결과 저장",
    "Saving …": "저장 중 …",
    "Saved: {path}": "저장했습니다: {path}",
    "No font here has all its letters; boxes stand for them. HTML shows all.": (
        "이 컴퓨터에 맞는 글꼴이 없어 일부 글자가 네모로 나옵니다. HTML로는 모두 보입니다."
    ),
    "file": "파일",
    "a page with pictures, to send to someone": "사진이 든 페이지, 보내기 좋게",
    "all that the service answered, for programs": "서비스의 응답 전부, 프로그램용",
    "one picture of all products": "모든 상품을 한 장의 그림으로",
    "A file's name is needed.": "파일 이름을 넣으세요.",
    "Enter saves. Nothing is overwritten.": "Enter: 저장. 덮어쓰지 않습니다.",
    "{name} is there already; choose another name.": "{name}: 이미 있습니다. 다른 이름을 쓰세요.",
    "{name}: a name that ends in .html, .json or .png is needed.": (
        "{name}: .html, .json, .png로 끝나는 이름을 넣으세요."
    ),
    "{name} can't be written: {reason}": "{name}: 쓸 수 없습니다 ({reason})",
    "the disk refuses": "디스크 오류",
    "No service yet": "서비스가 없습니다",
    "No service answers at {address}. Start one on this machine? The first time it draws a demo "
    "catalogue, which takes some minutes.": (
        "{address}에서 응답이 없습니다. 이 컴퓨터에서 시작할까요? 처음에는 데모 카탈로그를 "
        "그리느라 몇 분 걸립니다."
    ),
    "Start it": "시작",
    "Not now": "나중에",
    "Try again": "다시 시도",
    "The service is ready.": "서비스가 준비되었습니다.",
    "The service has ended.": "서비스가 끝났습니다.",
    "The command `lookalike` is not installed here.": "`lookalike` 명령이 설치되어 있지 않습니다.",
}

_TROUBLE: Final = {
    "No service answers at {address}.": "{address}에서 응답이 없습니다.",
    "Start one with `lookalike up`, or give another --url.": (
        "`lookalike up`으로 시작하거나 --url로 다른 주소를 주세요."
    ),
    "The service took too long.": "서비스의 응답이 너무 늦습니다.",
    "Try again, or allow it longer with --deadline.": (
        "다시 시도하거나 --deadline으로 더 기다리세요."
    ),
    "The service has too much to do right now.": "서비스에 요청이 너무 많습니다.",
    "Try again in a moment.": "잠시 뒤에 다시 시도하세요.",
    "You have asked too often.": "너무 자주 요청했습니다.",
    "The service asks for an API key that counts.": "유효한 API 키가 필요한 서비스입니다.",
    "Set LOOKALIKE_API_KEY to one, and start again.": (
        "LOOKALIKE_API_KEY에 키를 넣고 다시 시작하세요."
    ),
    "Another API key or address may do.": "다른 API 키나 주소로는 될 수 있습니다.",
    "That file is no photo.": "사진 파일이 아닙니다.",
    "Choose a JPEG, PNG, WebP, GIF or BMP.": "JPEG, PNG, WebP, GIF, BMP를 고르세요.",
    "The photo is broken or cut off.": "사진이 깨졌거나 잘렸습니다.",
    "Save it anew, or choose another one.": "다시 저장하거나 다른 사진을 고르세요.",
    "The photo is too large: {reason}.": "사진이 너무 큽니다: {reason}.",
    "the photo has {size} bytes; at most {most} are taken": "{size}바이트, 최대 {most}바이트",
    "the photo has {width} x {height} pixels": "{width} x {height} 픽셀",
    "at most {most} are taken": "최대 {most} 픽셀",
    "a {form} of this kind takes {needed} MB to decode, more than {most}": (
        "{form} 디코딩에 {needed} MB, 최대 {most} MB"
    ),
    "Make it smaller first.": "먼저 줄여 주세요.",
    "The service refuses this box.": "서비스가 이 상자를 받지 않습니다.",
    "Draw one inside the photo, at least 8 × 8 pixels.": (
        "사진 안에 8 × 8 픽셀보다 크게 그려 주세요."
    ),
    "That product is no longer in the catalogue.": "그 상품은 이제 없습니다.",
    "Search anew to go on.": "다시 검색하세요.",
    "No search is possible now: {reason}.": "지금은 검색할 수 없습니다: {reason}.",
    "The service refuses this: {reason}.": "서비스가 요청을 받지 않습니다: {reason}.",
    "Change it and try again.": "고친 뒤 다시 시도하세요.",
    "There is no file {name}.": "{name} 파일이 없습니다.",
    "Check the path.": "경로를 확인하세요.",
    "{name} is a folder.": "{name}: 폴더입니다.",
    "Choose a photo inside it.": "그 안의 사진을 고르세요.",
    "{name} may not be read.": "{name}: 읽을 권한이 없습니다.",
    "Check who may read the file.": "파일 권한을 확인하세요.",
    "{name} can't be read.": "{name}: 읽을 수 없습니다.",
    "Something went wrong at {address}.": "{address}에서 문제가 생겼습니다.",
    "Is it a lookalike service of this version? Its log knows more.": (
        "이 버전의 lookalike 서비스인가요? 서비스의 로그를 보세요."
    ),
}

KOREAN: Final[dict[str, str]] = {
    **TEXTUAL_KEYS,
    **_EVERYWHERE,
    **_CHOOSE,
    **_LOOK,
    **_ASK,
    **_RESULTS,
    **_SAVE_AND_START,
    **_TROUBLE,
}
