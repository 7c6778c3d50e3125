//! The text of a file as UTF-8, block by block, from any encoding that old systems export.
//!
//! UTF-8 is passed on as it is, broken bytes included, so that a reader can name the row that has them; everything
//! else is decoded, and what cannot be decoded becomes U+FFFD.

use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::io::{self, BufRead, Read, Seek, SeekFrom};

/// How much is read at once.
const BLOCK: usize = 128 << 10;
/// How much of a file tells its encoding.
const SAMPLE: usize = 64 << 10;

/// What a file is read from.
pub(crate) trait Bytes: Read + Seek + Send {}
impl<T: Read + Seek + Send> Bytes for T {}

/// The text of a file.
pub(crate) struct Input {
    source: Box<dyn Bytes>,
    decoder: Option<Decoder>,
    block: Vec<u8>,
    buffer: Vec<u8>,
    start: usize,
    offset: u64,
    first_byte: u64,
    ended: bool,
}

/// How a file is encoded, and how many bytes its mark has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its encoding.
    pub(crate) encoding: &'static Encoding,
    /// Bytes before the text.
    pub(crate) mark: usize,
}

impl Input {
    /// Opens a text at its beginning. Without an `encoding` it is found out.
    ///
    /// # Errors
    /// What reading the source gives.
    pub(crate) fn open(mut source: Box<dyn Bytes>, encoding: Option<&'static Encoding>) -> io::Result<Self> {
        let Found { encoding, mark } = detect(&mut source, encoding)?;
        Self::of(source, encoding, mark, encoding != UTF_8)
    }

    /// Opens an XML text, which may name its own encoding; broken UTF-8 becomes U+FFFD too.
    ///
    /// # Errors
    /// What reading the source gives.
    pub(crate) fn open_xml(
        mut source: Box<dyn Bytes>,
        encoding: Option<&'static Encoding>,
    ) -> io::Result<Self> {
        let Found { encoding: found, mark } = detect(&mut source, encoding)?;
        source.seek(SeekFrom::Start(0))?;
        let declared = if mark == 0 && encoding.is_none() && found != UTF_16LE && found != UTF_16BE {
            declared(&sample(&mut source)?)
        } else {
            None
        };
        Self::of(source, declared.unwrap_or(found), mark, true)
    }

    fn of(
        mut source: Box<dyn Bytes>,
        encoding: &'static Encoding,
        mark: usize,
        decode: bool,
    ) -> io::Result<Self> {
        let first_byte = mark as u64;
        source.seek(SeekFrom::Start(first_byte))?;
        let decoder = decode.then(|| encoding.new_decoder_without_bom_handling());
        Ok(Self {
            source,
            decoder,
            block: Vec::new(),
            buffer: Vec::new(),
            start: 0,
            offset: 0,
            first_byte,
            ended: false,
        })
    }

    /// Goes to a place further on; `false` when the text ends before it.
    ///
    /// # Errors
    /// What reading the source gives.
    pub(crate) fn go_to(&mut self, offset: u64) -> io::Result<bool> {
        if self.decoder.is_none() {
            let length = self.source.seek(SeekFrom::End(0))?;
            self.source.seek(SeekFrom::Start(self.first_byte.saturating_add(offset)))?;
            self.buffer.clear();
            (self.start, self.offset, self.ended) = (0, offset, false);
            return Ok(self.first_byte.saturating_add(offset) <= length);
        }
        while self.offset < offset {
            let wanted = usize::try_from(offset - self.offset).unwrap_or(usize::MAX);
            let count = wanted.min(self.here().len());
            self.consume_bytes(count);
            if count < wanted && !self.more()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The part of the text that is in memory and not consumed.
    pub(crate) fn here(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// Whether [`Input::here`] reaches to the end of the file.
    pub(crate) const fn has_ended(&self) -> bool {
        self.ended
    }

    /// The place of [`Input::here`] in the text.
    pub(crate) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether the text was decoded, so that U+FFFD stands for what could not be.
    pub(crate) const fn is_decoded(&self) -> bool {
        self.decoder.is_some()
    }

    /// Drops the first `count` bytes.
    pub(crate) fn consume_bytes(&mut self, count: usize) {
        let count = count.min(self.here().len());
        self.start += count;
        self.offset += count as u64;
    }

    /// Reads a block more; `false` at the end of the file.
    ///
    /// # Errors
    /// What reading the source gives.
    pub(crate) fn more(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        self.buffer.drain(..self.start);
        self.start = 0;
        let before = self.buffer.len();
        match &mut self.decoder {
            None => {
                self.buffer.resize(before + BLOCK, 0);
                let got = read_some(&mut self.source, self.buffer.get_mut(before..).unwrap_or_default());
                self.buffer.truncate(before + got.as_ref().map_or(0, |got| *got));
                self.ended = got? == 0;
            }
            Some(decoder) => {
                self.block.resize(BLOCK, 0);
                let got = read_some(&mut self.source, &mut self.block)?;
                self.ended = got == 0;
                let block = self.block.get(..got).unwrap_or_default();
                decode(decoder, block, got == 0, &mut self.buffer);
            }
        }
        Ok(!self.ended || self.buffer.len() > before)
    }
}

fn decode(decoder: &mut Decoder, block: &[u8], is_last: bool, into: &mut Vec<u8>) {
    let Some(room) = decoder.max_utf8_buffer_length(block.len()) else { return };
    let before = into.len();
    into.resize(before + room, 0);
    let target = into.get_mut(before..).unwrap_or_default();
    let (_, _, written, _) = decoder.decode_to_utf8(block, target, is_last);
    into.truncate(before + written);
}

fn read_some(source: &mut dyn Read, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            answer => return answer,
        }
    }
}

impl Read for Input {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let got = self.fill_buf()?;
        let count = got.len().min(into.len());
        let (Some(from), Some(to)) = (got.get(..count), into.get_mut(..count)) else { return Ok(0) };
        to.copy_from_slice(from);
        self.consume_bytes(count);
        Ok(count)
    }
}

impl BufRead for Input {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.here().is_empty() && self.more()? {}
        Ok(self.here())
    }

    fn consume(&mut self, count: usize) {
        self.consume_bytes(count);
    }
}

/// The encoding of a file: by its mark, by the zeros of UTF-16, by whether its letters are UTF-8; Windows-1252 else.
///
/// # Errors
/// What reading the source gives.
pub(crate) fn detect(source: &mut dyn Bytes, stated: Option<&'static Encoding>) -> io::Result<Found> {
    source.seek(SeekFrom::Start(0))?;
    let mut head = sample(source)?;
    let marked = Encoding::for_bom(&head);
    match (marked, stated) {
        (Some((encoding, mark)), None) => return Ok(Found { encoding, mark }),
        (marked, Some(stated)) => {
            let mark = marked.filter(|(encoding, _)| *encoding == stated).map_or(0, |(_, mark)| mark);
            return Ok(Found { encoding: stated, mark });
        }
        (None, None) => {}
    }
    if let Some(encoding) = wide(&head) {
        return Ok(Found { encoding, mark: 0 });
    }
    // The first letters beyond ASCII tell; they may come late.
    while !head.is_empty() && head.is_ascii() {
        head = sample(source)?;
    }
    Ok(Found { encoding: if is_mostly_utf8(&head) { UTF_8 } else { WINDOWS_1252 }, mark: 0 })
}

/// The encoding that the first line of an XML file names.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let head = head.strip_prefix(b"<?xml")?;
    let end = memchr::memchr(b'>', head)?;
    let words = std::str::from_utf8(head.get(..end)?).ok()?;
    let value = words.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next()?;
    Encoding::for_label(value.get(1..)?.split(quote).next()?.as_bytes())
}

fn sample(source: &mut dyn Bytes) -> io::Result<Vec<u8>> {
    let mut sample = Vec::with_capacity(SAMPLE);
    source.take(SAMPLE as u64).read_to_end(&mut sample)?;
    Ok(sample)
}

/// UTF-16 without a mark: every other byte of western text is zero. A few zeros are damage.
fn wide(head: &[u8]) -> Option<&'static Encoding> {
    let zeros = |first: usize| head.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let most = head.len() / 2;
    match () {
        () if most < 2 => None,
        () if odd > most * 7 / 10 && even < most / 10 => Some(UTF_16LE),
        () if even > most * 7 / 10 && odd < most / 10 => Some(UTF_16BE),
        () => None,
    }
}

/// A file of UTF-8 may have a few broken rows; one of Windows-1252 has hardly a letter that is UTF-8 by chance.
fn is_mostly_utf8(sample: &[u8]) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    // A letter at the end of the sample may be cut.
    let last = sample.len().saturating_sub(4);
    for chunk in sample.utf8_chunks() {
        good += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    let cut = sample
        .get(last..)
        .is_some_and(|tail| tail.utf8_chunks().last().is_some_and(|chunk| !chunk.invalid().is_empty()));
    bad.saturating_sub(usize::from(cut && bad > 0 && sample.len() == SAMPLE)) <= good
}
