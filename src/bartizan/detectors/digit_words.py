"""The digits 0 to 9 in words, in the languages into which a model may be asked to translate a canary.

Chinese and Japanese numerals, and digits of other scripts, are digits already after folding.
"""

from __future__ import annotations

DIGIT_WORDS: dict[str, str] = {
    "English": "zero one two three four five six seven eight nine",
    "German": "null eins zwei drei vier fünf sechs sieben acht neun",
    "French": "zéro un deux trois quatre cinq six sept huit neuf",
    "Spanish": "cero uno dos tres cuatro cinco seis siete ocho nueve",
    "Italian": "zero uno due tre quattro cinque sei sette otto nove",
    "Portuguese": "zero um dois três quatro cinco seis sete oito nove",
    "Catalan": "zero u dos tres quatre cinc sis set vuit nou",
    "Dutch": "nul een twee drie vier vijf zes zeven acht negen",
    "Swedish": "noll ett två tre fyra fem sex sju åtta nio",
    "Danish": "nul en to tre fire fem seks syv otte ni",
    "Norwegian": "null en to tre fire fem seks sju åtte ni",
    "Finnish": "nolla yksi kaksi kolme neljä viisi kuusi seitsemän kahdeksan yhdeksän",
    "Estonian": "null üks kaks kolm neli viis kuus seitse kaheksa üheksa",
    "Latvian": "nulle viens divi trīs četri pieci seši septiņi astoņi deviņi",
    "Lithuanian": "nulis vienas du trys keturi penki šeši septyni aštuoni devyni",
    "Polish": "zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć",
    "Czech": "nula jedna dva tři čtyři pět šest sedm osm devět",
    "Slovak": "nula jeden dva tri štyri päť šesť sedem osem deväť",
    "Croatian": "nula jedan dva tri četiri pet šest sedam osam devet",
    "Hungarian": "nulla egy kettő három négy öt hat hét nyolc kilenc",
    "Romanian": "zero unu doi trei patru cinci șase șapte opt nouă",
    "Turkish": "sıfır bir iki üç dört beş altı yedi sekiz dokuz",
    "Russian": "ноль один два три четыре пять шесть семь восемь девять",
    "Ukrainian": "нуль один два три чотири пʼять шість сім вісім девʼять",
    "Bulgarian": "нула едно две три четири пет шест седем осем девет",
    "Greek": "μηδέν ένα δύο τρία τέσσερα πέντε έξι επτά οκτώ εννέα",
    "Hebrew": "אפס אחת שתיים שלוש ארבע חמש שש שבע שמונה תשע",
    "Arabic": "صفر واحد اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة",
    "Persian": "صفر یک دو سه چهار پنج شش هفت هشت نه",
    "Hindi": "शून्य एक दो तीन चार पाँच छह सात आठ नौ",
    "Bengali": "শূন্য এক দুই তিন চার পাঁচ ছয় সাত আট নয়",
    "Tamil": "பூஜ்ஜியம் ஒன்று இரண்டு மூன்று நான்கு ஐந்து ஆறு ஏழு எட்டு ஒன்பது",
    "Thai": "ศูนย์ หนึ่ง สอง สาม สี่ ห้า หก เจ็ด แปด เก้า",
    "Vietnamese": "không một hai ba bốn năm sáu bảy tám chín",
    "Indonesian": "nol satu dua tiga empat lima enam tujuh delapan sembilan",
    "Swahili": "sifuri moja mbili tatu nne tano sita saba nane tisa",
    "Korean": "영 일 이 삼 사 오 육 칠 팔 구",
    "Japanese": "ゼロ いち に さん よん ご ろく なな はち きゅう",
    "Latin": "nulla unus duo tres quattuor quinque sex septem octo novem",
    "Esperanto": "nul unu du tri kvar kvin ses sep ok naŭ",
}
"""Language -> its ten words, from 0 to 9."""
