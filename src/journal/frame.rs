//! The byte format of the journal: the header of a segment, and frames of entries.
//!
//! A frame contains what one append wrote and one sync made durable. Its checksum covers all of it
//! and the random salt of the segment, so that no content of an entry can look like a frame.

use uuid::Uuid;

/// The length of a segment's header, after which the first frame starts.
pub const HEADER: usize = 64;

/// The length of a frame's header.
pub const FRAME_HEADER: usize = 24;

/// Frames start at multiples of this.
pub const ALIGN: usize = 8;

const SEGMENT_MAGIC: [u8; 8] = *b"HGJRNL1\n";

/// The first bytes of every frame of a segment. They are derived from the segment's salt, so that
/// no sender can fill a body with apparent starts of frames: the search after a torn frame would
/// have to read each of them and compute its checksum.
#[must_use]
pub fn frame_magic(salt: u64) -> [u8; 4] {
    crc32c::crc32c_append(crc32c::crc32c(b"HGf1"), &salt.to_le_bytes()).to_le_bytes()
}

/// The header at the start of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentHeader {
    /// The sequence of its first entry.
    pub first: u64,
    /// Random; part of every frame's checksum.
    pub salt: u64,
    /// The appliance that the journal belongs to.
    pub appliance: Uuid,
}

impl SegmentHeader {
    /// The header as bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        let (body, sum) = bytes.split_at_mut(HEADER - 4);
        let parts: [&[u8]; 4] = [
            &SEGMENT_MAGIC,
            &self.first.to_le_bytes(),
            &self.salt.to_le_bytes(),
            self.appliance.as_bytes(),
        ];
        for (into, from) in body.iter_mut().zip(parts.into_iter().flatten()) {
            *into = *from;
        }
        sum.copy_from_slice(&crc32c::crc32c(body).to_le_bytes());
        bytes
    }

    /// Reads a header; none if the bytes are not the header of a segment.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; HEADER] = bytes.first_chunk()?;
        let (body, sum) = bytes.split_last_chunk::<4>()?;
        if crc32c::crc32c(body) != u32::from_le_bytes(*sum) {
            return None;
        }
        let (magic, rest) = body.split_first_chunk::<8>()?;
        let (first, rest) = rest.split_first_chunk::<8>()?;
        let (salt, rest) = rest.split_first_chunk::<8>()?;
        let appliance = rest.first_chunk::<16>()?;
        (*magic == SEGMENT_MAGIC).then(|| Self {
            first: u64::from_le_bytes(*first),
            salt: u64::from_le_bytes(*salt),
            appliance: Uuid::from_bytes(*appliance),
        })
    }
}

/// The header at the start of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHeader {
    /// Length of the entries in bytes, without padding.
    pub len: u32,
    /// The sequence of the first entry.
    pub first: u64,
    /// The number of entries in the frame.
    pub count: u32,
    /// CRC-32C over the salt, the fields above and the entries.
    pub sum: u32,
}

impl FrameHeader {
    /// Reads the header of a frame in a segment with this salt; none if the bytes are not one.
    #[must_use]
    pub fn decode(salt: u64, bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; FRAME_HEADER] = bytes.first_chunk()?;
        let (magic, rest) = bytes.split_first_chunk::<4>()?;
        let (len, rest) = rest.split_first_chunk::<4>()?;
        let (first, rest) = rest.split_first_chunk::<8>()?;
        let (count, rest) = rest.split_first_chunk::<4>()?;
        let (sum, _) = rest.split_first_chunk::<4>()?;
        (*magic == frame_magic(salt)).then(|| Self {
            len: u32::from_le_bytes(*len),
            first: u64::from_le_bytes(*first),
            count: u32::from_le_bytes(*count),
            sum: u32::from_le_bytes(*sum),
        })
    }

    /// The size of the whole frame in bytes, including padding.
    #[must_use]
    pub const fn frame_len(&self) -> u64 {
        padded(FRAME_HEADER as u64 + self.len as u64)
    }

    /// Whether these are the entries that the header was written for.
    #[must_use]
    pub fn fits(&self, salt: u64, entries: &[u8]) -> bool {
        entries.len() == self.len as usize && checksum(salt, self.len, self.first, self.count, entries) == self.sum
    }
}

/// `len` rounded up to where the next frame may start.
#[must_use]
pub const fn padded(len: u64) -> u64 {
    len.next_multiple_of(ALIGN as u64)
}

fn checksum(salt: u64, len: u32, first: u64, count: u32, entries: &[u8]) -> u32 {
    let sum = crc32c::crc32c(&salt.to_le_bytes());
    let sum = crc32c::crc32c_append(sum, &len.to_le_bytes());
    let sum = crc32c::crc32c_append(sum, &first.to_le_bytes());
    let sum = crc32c::crc32c_append(sum, &count.to_le_bytes());
    crc32c::crc32c_append(sum, entries)
}

/// A frame under construction. The buffer is reused for the next one.
#[derive(Debug, Default)]
pub struct FrameBuilder {
    bytes: Vec<u8>,
    count: u32,
}

impl FrameBuilder {
    /// Starts a new frame.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.resize(FRAME_HEADER, 0);
        self.count = 0;
        // A large body must not occupy memory forever.
        self.bytes.shrink_to(8 << 20);
    }

    /// Adds an entry. Bodies are limited, so entries are far smaller than 4 GiB.
    pub fn push(&mut self, entry: &[u8]) {
        let len = u32::try_from(entry.len()).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(&len.to_le_bytes());
        self.bytes.extend_from_slice(entry);
        self.count += 1;
    }

    /// The number of bytes so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it contains no entry yet.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The finished frame, padded.
    pub fn finish(&mut self, salt: u64, first: u64) -> &[u8] {
        let entries = self.bytes.get(FRAME_HEADER..).unwrap_or_default();
        let len = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        let sum = checksum(salt, len, first, self.count, entries);
        let parts: [&[u8]; 5] = [
            &frame_magic(salt),
            &len.to_le_bytes(),
            &first.to_le_bytes(),
            &self.count.to_le_bytes(),
            &sum.to_le_bytes(),
        ];
        for (into, from) in self.bytes.iter_mut().zip(parts.into_iter().flatten()) {
            *into = *from;
        }
        let whole = self.bytes.len().next_multiple_of(ALIGN);
        self.bytes.resize(whole, 0);
        &self.bytes
    }
}

/// The entries of a frame whose checksum is valid.
pub fn entries(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (len, rest) = bytes.split_first_chunk::<4>()?;
        let (entry, rest) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
        bytes = rest;
        Some(entry)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_header_reads_back_and_a_flipped_bit_is_seen() {
        let header = SegmentHeader {
            first: 7,
            salt: 99,
            appliance: Uuid::from_u128(5),
        };
        let bytes = header.encode();
        assert_eq!(SegmentHeader::decode(&bytes), Some(header));
        for bit in 0..HEADER * 8 {
            let mut broken = bytes;
            broken[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(SegmentHeader::decode(&broken), None, "bit {bit}");
        }
    }

    #[test]
    fn a_frame_reads_back_and_fits_only_its_own_segment() {
        let mut builder = FrameBuilder::default();
        builder.clear();
        builder.push(b"one");
        builder.push(b"");
        builder.push(b"three");
        let bytes = builder.finish(42, 10).to_vec();
        assert_eq!(bytes.len() % ALIGN, 0);
        let header = FrameHeader::decode(42, &bytes).unwrap();
        assert_eq!((header.first, header.count), (10, 3));
        let body = &bytes[FRAME_HEADER..FRAME_HEADER + header.len as usize];
        assert!(header.fits(42, body));
        assert!(!header.fits(43, body));
        let read: Vec<&[u8]> = entries(body).collect();
        assert_eq!(read, [b"one".as_slice(), b"", b"three"]);
    }
}
