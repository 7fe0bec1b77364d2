//! Requests with mistakes in them, the same each time.

/// What is damaged.
const SEEDS: [&[u8]; 8] = [
    b"GET /plaintext HTTP/1.1\r\nHost: board\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: board\r\nContent-Length: 5\r\n\r\nhello",
    b"POST / HTTP/1.1\r\nHost: board\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n",
    b"GET /static/hello.txt HTTP/1.1\r\nHost: board\r\nRange: bytes=0-4, 7-\r\nAccept-Encoding: gzip;q=0.5, *\r\n\r\n",
    b"POST /api/users HTTP/1.1\r\nHost: board\r\nContent-Type: application/json\r\nContent-Length: 26\r\n\r\n{\"name\":\"a\",\"email\":\"a@b\"}",
    b"GET /basic-auth/user/password HTTP/1.1\r\nHost: [::1]:80\r\nAuthorization: Basic dXNlcjpwYXNzd29yZA==\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: board\r\nOrigin: http://a\r\nAccess-Control-Request-Method: PUT\r\n\r\n",
    b"GET http://board/cookies/set?a=b&c=%2F HTTP/1.0\r\nCookie: a=b; c=d\r\nConnection: keep-alive, x\r\n\r\n",
];

/// Bytes that mean something somewhere.
const TELLING: &[u8] = b"\r\n :;,=%/?*\"[]{}\0\x7f\xff09aZ-";

/// One or two requests, one behind the other, with up to four mistakes.
pub fn damaged(dice: &mut Dice) -> Vec<u8> {
    let mut bytes = SEEDS[dice.below(SEEDS.len())].to_vec();
    if dice.below(3) == 0 {
        bytes.extend(SEEDS[dice.below(SEEDS.len())]);
    }
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len());
        match dice.below(6) {
            0 => bytes[at] ^= 1 << dice.below(8),
            1 => bytes[at] = TELLING[dice.below(TELLING.len())],
            2 => bytes.insert(at, TELLING[dice.below(TELLING.len())]),
            3 => drop(bytes.remove(at)),
            4 => bytes.truncate(at.max(1)),
            _ => {
                let part = bytes[at..].to_vec();
                bytes.extend(part);
            }
        }
    }
    bytes
}

/// Numbers that look like chance, and are the same each time (xorshift).
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// The dice of a case.
    pub fn new(case: u64) -> Self {
        Self(case.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number, which is less than `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % bound.max(1)
    }
}
