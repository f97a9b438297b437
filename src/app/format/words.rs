//! An amount in words: 大写 as Chinese banks write it (the rules of 《支付结算办法》, annex 1), and English number words.

use super::super::text::Language;
use crate::money::Amount;

const DIGITS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];
const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// The amount in words. None for a currency whose words are not known here, and for negative amounts.
#[must_use]
pub fn in_words(amount: Amount, language: Language) -> Option<String> {
    let minor = u64::try_from(amount.minor).ok()?;
    match (amount.currency.as_str(), language) {
        ("CNY", Language::Chinese) => Some(format!("人民币{}", renminbi(minor))),
        ("CNY", Language::English) => Some(english(minor)),
        _ => None,
    }
}

/// 元, 角, 分; 整 where nothing follows 元 or 角; one 零 for each gap.
fn renminbi(minor: u64) -> String {
    let (yuan, jiao, fen) = (minor / 100, minor / 10 % 10, minor % 10);
    let mut out = String::new();
    if yuan > 0 || minor == 0 {
        out.push_str(&chinese(yuan));
        out.push('元');
    }
    match (jiao, fen) {
        (0, 0) => out.push('整'),
        (0, fen) => {
            if yuan > 0 {
                out.push('零');
            }
            out.push(digit(fen));
            out.push('分');
        }
        (jiao, fen) => {
            // 元 that end in a zero are parted from 角 by 零.
            if yuan > 0 && yuan.is_multiple_of(10) {
                out.push('零');
            }
            out.push(digit(jiao));
            out.push('角');
            if fen > 0 {
                out.push(digit(fen));
                out.push('分');
            } else {
                out.push('整');
            }
        }
    }
    out
}

fn digit(value: u64) -> char {
    DIGITS.get(usize::try_from(value).unwrap_or(0)).copied().unwrap_or('零')
}

fn chinese(number: u64) -> String {
    if number == 0 {
        return "零".to_owned();
    }
    let mut out = String::new();
    // Groups of four digits, from the greatest.
    let groups = [(1_0000_0000_u64, "亿"), (1_0000, "万"), (1, "")];
    let mut rest = number;
    let mut gap = false;
    for (size, name) in groups {
        let group = rest / size;
        rest %= size;
        if group == 0 {
            gap |= !out.is_empty();
            continue;
        }
        if !out.is_empty() && (gap || group < 1000) {
            out.push('零');
        }
        // Amounts end long before ten thousand times 亿; should one come, its head is a number of its own.
        out.push_str(&if group < 1_0000 { below_ten_thousand(group) } else { chinese(group) });
        out.push_str(name);
        gap = false;
    }
    out
}

fn below_ten_thousand(number: u64) -> String {
    let mut out = String::new();
    let mut gap = false;
    for (size, name) in [(1000, "仟"), (100, "佰"), (10, "拾"), (1, "")] {
        let value = number / size % 10;
        if value == 0 {
            gap |= !out.is_empty();
            continue;
        }
        if gap {
            out.push('零');
            gap = false;
        }
        out.push(digit(value));
        out.push_str(name);
    }
    out
}

fn english(minor: u64) -> String {
    let (yuan, fen) = (minor / 100, minor % 100);
    let mut words = format!("{} yuan", number(yuan));
    if fen > 0 {
        words = format!("{words} {} fen", number(fen));
    }
    let mut characters = words.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

fn number(value: u64) -> String {
    for (size, name) in [
        (1_000_000_000_000_u64, "trillion"),
        (1_000_000_000, "billion"),
        (1_000_000, "million"),
        (1000, "thousand"),
        (100, "hundred"),
    ] {
        if value >= size {
            let head = format!("{} {name}", number(value / size));
            return match value % size {
                0 => head,
                rest if size == 100 => format!("{head} and {}", number(rest)),
                rest => format!("{head} {}", number(rest)),
            };
        }
    }
    let at = usize::try_from(value).unwrap_or(0);
    match (SMALL.get(at), value % 10) {
        (Some(word), _) => (*word).to_owned(),
        (None, 0) => TENS[at / 10].to_owned(),
        (None, rest) => format!("{}-{}", TENS[at / 10], number(rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hard_cases_of_chinese_capitals() {
        for (minor, words) in [
            (0, "零元整"),
            (1, "壹分"),
            (10, "壹角整"),
            (15, "壹角伍分"),
            (100, "壹元整"),
            (105, "壹元零伍分"),
            (110, "壹元壹角整"),
            (1_000, "壹拾元整"),
            (1_050, "壹拾元零伍角整"),
            (1_005, "壹拾元零伍分"),
            (8_800, "捌拾捌元整"),
            (10_001, "壹佰元零壹分"),
            (10_100, "壹佰零壹元整"),
            (100_050, "壹仟元零伍角整"),
            (140_950, "壹仟肆佰零玖元伍角整"),
            (600_714, "陆仟零柒元壹角肆分"),
            (168_032, "壹仟陆佰捌拾元零叁角贰分"),
            (10_700_053, "壹拾万柒仟元零伍角叁分"),
            (100_000_000, "壹佰万元整"),
            (100_000_100, "壹佰万零壹元整"),
            (1_000_100_000, "壹仟万壹仟元整"),
            (10_000_000_000, "壹亿元整"),
            (10_000_000_100, "壹亿零壹元整"),
            (10_001_000_000, "壹亿零壹万元整"),
            (11, "壹角壹分"),
            (101, "壹元零壹分"),
            (1_100, "壹拾壹元整"),
            (10_000, "壹佰元整"),
            (10_105, "壹佰零壹元零伍分"),
            (100_400, "壹仟零肆元整"),
            (1_000_000, "壹万元整"),
            (1_000_101, "壹万零壹元零壹分"),
            (10_000_000, "壹拾万元整"),
            (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
            (32_504, "叁佰贰拾伍元零肆分"),
            (100_001_000_001, "壹拾亿零壹万元零壹分"),
            (200_000, "贰仟元整"),
            (100_100_000, "壹佰万壹仟元整"),
            (10_100_000_000, "壹亿零壹佰万元整"),
            (1_000_000_000_000, "壹佰亿元整"),
            (123_456_789_012, "壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元零壹角贰分"),
        ] {
            assert_eq!(renminbi(minor), words, "{minor}");
        }
    }

    #[test]
    fn english_words() {
        for (minor, words) in [
            (8_800, "Eighty-eight yuan"),
            (666, "Six yuan sixty-six fen"),
            (123_400, "One thousand two hundred and thirty-four yuan"),
            (100_000_000, "One million yuan"),
        ] {
            assert_eq!(english(minor), words);
        }
    }
}
