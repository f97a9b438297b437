//! Whether a stranger's picture may be searched for codes. The library that does it compares each three of the marks that stand in a
//! code's corners, each time with a copy of the whole picture; a picture made of nothing but marks would keep it busy for hours.
//! So they are counted first, in the way in which it finds them.

use std::collections::BTreeSet;

/// Most marks that are compared. A code has three, and nobody sends many codes at once.
const MOST_MARKS: usize = 12;
/// Most lines that look like a line through a mark: of large codes some of the inside does, too.
const MOST_LINES: usize = 16_384;
/// Dark and light through the middle of a mark, in units.
const RUNS: [usize; 5] = [1, 1, 3, 1, 1];

/// Whether searching for codes in a picture of this size ends soon. `at` tells dark from light.
pub(super) fn are_few<C: Copy + PartialEq>((width, height): (usize, usize), at: impl Fn(usize, usize) -> C) -> bool {
    let mut patches = Patches { at, width, height, known: vec![0; width * height], areas: vec![0] };
    let (mut lines, mut stones) = (0, BTreeSet::new());
    for y in 0..height {
        for [ring, stone, end] in patches.lines(y) {
            lines += 1;
            let [ring, stone, end] = [ring, stone, end].map(|x| patches.patch(x, y));
            // The ring closes around a stone of about three eighths of its area.
            let is_closed = ring == end && ring != stone;
            let part = patches.area(stone) * 100 / patches.area(ring).max(1);
            if is_closed && (10..=70).contains(&part) {
                stones.insert(stone);
            }
            if lines > MOST_LINES || stones.len() > MOST_MARKS {
                return false;
            }
        }
    }
    true
}

/// Patches of one colour, numbered as they are looked at.
struct Patches<At> {
    at: At,
    width: usize,
    height: usize,
    /// Which patch a pixel belongs to; 0: nobody looked.
    known: Vec<u32>,
    areas: Vec<usize>,
}

impl<C: Copy + PartialEq, At: Fn(usize, usize) -> C> Patches<At> {
    /// Where a row could go through the middle of a mark: in its ring, in its stone, and in the ring's other side.
    fn lines(&self, y: usize) -> Vec<[usize; 3]> {
        let mut ends = Vec::new();
        for x in 1..self.width {
            if (self.at)(x, y) != (self.at)(x - 1, y) {
                ends.push(x);
            }
        }
        ends.push(self.width);
        let begins = std::iter::once(0).chain(ends.iter().copied());
        let runs: Vec<(usize, usize)> = begins.zip(ends.iter().copied()).collect();
        runs.windows(RUNS.len()).filter(|runs| is_line(runs)).filter_map(line).collect()
    }

    /// The number of the patch at this pixel.
    fn patch(&mut self, x: usize, y: usize) -> usize {
        let start = y * self.width + x;
        if let Some(known) = self.known.get(start).copied().filter(|known| *known > 0) {
            return known as usize;
        }
        let (number, colour) = (self.areas.len(), (self.at)(x, y));
        let (mut area, mut open) = (0, vec![start]);
        while let Some(pixel) = open.pop() {
            let Some(known) = self.known.get_mut(pixel).filter(|known| **known == 0) else { continue };
            let (x, y) = (pixel % self.width, pixel / self.width);
            if (self.at)(x, y) != colour {
                continue;
            }
            *known = u32::try_from(number).unwrap_or(u32::MAX);
            area += 1;
            open.extend((x > 0).then(|| pixel - 1));
            open.extend((x + 1 < self.width).then_some(pixel + 1));
            open.extend((y > 0).then(|| pixel - self.width));
            open.extend((y + 1 < self.height).then_some(pixel + self.width));
        }
        self.areas.push(area);
        number
    }

    fn area(&self, patch: usize) -> usize {
        self.areas.get(patch).copied().unwrap_or_default()
    }
}

/// Whether five neighbouring runs are as long as through a mark, each within three quarters of a unit.
fn is_line(runs: &[(usize, usize)]) -> bool {
    let lengths: Vec<usize> = runs.iter().map(|(begin, end)| end - begin).collect();
    let rest: usize = lengths.iter().enumerate().filter(|(at, _)| *at != 2).map(|(_, length)| length).sum();
    let unit = rest / 4;
    let error = unit * 3 / 4;
    lengths.iter().zip(RUNS).all(|(length, wanted)| length.abs_diff(wanted * unit) <= error)
}

fn line(runs: &[(usize, usize)]) -> Option<[usize; 3]> {
    let [(ring, _), _, (stone, _), _, (end, _)] = runs else { return None };
    Some([*ring, *stone, *end])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Marks of 7 × 7 pixels, this many in each row and column.
    fn of_marks(count: usize) -> bool {
        let side = count * 9 + 2;
        let is_dark = |x: usize, y: usize| {
            let (x, y) = (x.checked_sub(2).map(|x| x % 9), y.checked_sub(2).map(|y| y % 9));
            let (Some(x @ 0..7), Some(y @ 0..7)) = (x, y) else { return false };
            let (from_middle, at_edge) = (x.abs_diff(3).max(y.abs_diff(3)), 3);
            from_middle == at_edge || from_middle <= 1
        };
        are_few((side, side), is_dark)
    }

    #[test]
    fn a_few_codes_are_looked_at_and_a_picture_of_marks_is_not() {
        assert!(of_marks(1) && of_marks(2) && of_marks(3));
        assert!(!of_marks(4) && !of_marks(100));
    }

    #[test]
    fn a_code_of_the_largest_size_is_looked_at() {
        // As in any code: three marks, and about half of all else dark.
        let code = qrcode::QrCode::with_version(vec![b'x'; 2000], qrcode::Version::Normal(40), qrcode::EcLevel::L);
        let Ok(code) = code else { panic!("a code holds so much") };
        let (side, modules) = (code.width(), code.to_colors());
        for size in [1, 4, 10] {
            let across = (side + 8) * size;
            let is_dark = |x: usize, y: usize| {
                let at = |pixel: usize| (pixel / size).checked_sub(4).filter(|module| *module < side);
                at(x).zip(at(y)).is_some_and(|(x, y)| modules[y * side + x] == qrcode::Color::Dark)
            };
            assert!(are_few((across, across), is_dark), "{size} pixels a module");
        }
    }

    #[test]
    fn a_picture_of_lines_is_not_looked_at() {
        let is_dark = |x: usize, _: usize| matches!(x % 9, 0 | 2..=4 | 6);
        assert!(!are_few((2048, 2048), is_dark));
    }
}
