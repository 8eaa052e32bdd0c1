//! As many entries as one request takes.

/// EventBridge and SQS take ten entries at most.
const ENTRIES_MAX: usize = 10;
/// Both take one megabyte at most, with whatever they count beside the text.
const BYTES_MAX: usize = 900_000;

/// The items in their order, in as few chunks as the limits allow. One that is too large by itself is
/// a chunk of its own.
pub(super) fn chunks<T>(items: &[T], bytes: impl Fn(&T) -> usize) -> Vec<&[T]> {
    let (mut chunks, mut start, mut sum) = (Vec::new(), 0, 0);
    for (place, item) in items.iter().enumerate() {
        let more = bytes(item);
        let is_full = place - start == ENTRIES_MAX || sum + more > BYTES_MAX;
        if is_full && place > start {
            chunks.push(&items[start..place]);
            (start, sum) = (place, 0);
        }
        sum += more;
    }
    if start < items.len() {
        chunks.push(&items[start..]);
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(sizes: &[usize]) -> Vec<usize> {
        let chunks = chunks(sizes, |size| *size);
        assert_eq!(chunks.concat(), sizes, "nothing is lost and the order stays");
        chunks.iter().map(|chunk| chunk.len()).collect()
    }

    #[test]
    fn at_most_ten_go_together() {
        assert_eq!(lengths(&[]), [0; 0]);
        assert_eq!(lengths(&[1; 10]), [10]);
        assert_eq!(lengths(&[1; 23]), [10, 10, 3]);
    }

    #[test]
    fn large_ones_go_with_fewer_others() {
        assert_eq!(lengths(&[200_000; 9]), [4, 4, 1]);
        assert_eq!(lengths(&[900_000, 1, 899_999, 1]), [1, 2, 1]);
        assert_eq!(lengths(&[2_000_000, 1, 2_000_000]), [1, 1, 1]);
    }
}
