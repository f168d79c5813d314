//! Ids: what is written is what is read, and what is not ours is an outcome.

use proptest::prelude::*;
use sse_runtime::EventId;
use sse_runtime::log::*;

use crate::support::{channel, channels};

fn rooms(number: usize) -> Channels {
    Channels::new((0..number).map(|n| channel(&format!("room-{n}")))).unwrap()
}

#[test]
fn a_cursor_is_the_text_of_an_id_and_back() {
    for (epoch, seq) in [(0, 0), (1, 1), (0xbee, 7), (0x10, 10), (u64::MAX, u64::MAX)] {
        let cursor = Cursor::new(Epoch::new(epoch), seq);
        let id = EventId::from(cursor);
        assert_eq!(id.as_str(), format!("{epoch:x}-{seq}"));
        assert_eq!(Cursor::try_from(&id), Ok(cursor));
    }
}

#[test]
fn what_no_log_wrote_is_foreign() {
    for id in [
        "",
        "-",
        "7",
        "bee-",
        "-7",
        "bee-7 ",
        " bee-7",
        "BEE-7",
        "bee-07",
        "bee-+7",
        "+bee-7",
        "0bee-7",
        "bee--7",
        "bee-7-7",
        "bee-18446744073709551616",
        "10000000000000000-7",
        "bee-٧",
        "sse-runtime:end-of-stream",
        "bee-3_32_h.7",
    ] {
        assert_eq!(id.parse::<Cursor>(), Err(ForeignId), "{id}");
    }
    for id in [
        "",
        ",",
        "7",
        "bee-7",
        "bee-3_32_h",
        "bee-3_32_h.",
        "3_32_h.7",
        "bee-3_32_h.7,",
        "bee-13_32_h.7",
        "bee-3_32_h.7,bee-7",
        "bee-3_32_h.07",
        "bee-3_32_h.+7",
        "bee-3_32_h.zzzzzzzzzzz",
        "bee:3_32_h.7",
        "bee-3_32_h.7,:3c32sa.8",
        "bee-3_32_h.7,02:3c32sa.8",
        "bee-3_32_h.7,2:",
        "bee-3_32_h.7,2:3c32sa",
        "bee-3_32_h.7,2:2:3c32sa.8",
        "bee-3_32_h.7,2:2-3c32sa.8",
        "bee-3_32_h.7,2-2:3c32sa.8",
        "bee-3_32_h.7,~~~~~~~~~~~:3c32sa.8",
    ] {
        let several = channels(["a", "b"]);
        assert_eq!(several.cursors(id), Err(ForeignId), "{id}");
    }
    let long = format!("bee-{}", "3_32_h.7,".repeat(200));
    assert_eq!(channels(["a", "b"]).cursors(&long), Err(ForeignId));
}

#[test]
fn several_channels_have_one_id_that_says_each_place() {
    let epoch = Epoch::new(0xbee);
    let channels = rooms(Channels::MAX);
    let cursors: Vec<_> = (0..Channels::MAX as u64)
        .map(|n| Cursor::new(epoch, n * 1000))
        .collect();
    let id = channels.id(&cursors).unwrap();
    let back = channels.cursors(id.as_str()).unwrap();
    assert_eq!(back, cursors.into_iter().map(Some).collect::<Vec<_>>());
}

#[test]
fn an_id_of_all_channels_fits_with_the_largest_numbers() {
    let channels = rooms(Channels::MAX);
    let log = Epoch::new(u64::MAX);
    let last = |name: &ChannelName| Cursor::new(log.of_channel(name), u64::MAX);
    let id = channels
        .id(&channels.iter().map(last).collect::<Vec<_>>())
        .unwrap();
    assert!(
        id.as_str().len() <= Channels::MAX_ID_BYTES,
        "{}",
        id.as_str().len()
    );
}

#[test]
fn an_epoch_is_named_again_only_where_it_changes() {
    let three = channels(["a", "b", "c"]);
    let (old, new) = (Epoch::new(1), Epoch::new(2));
    let at = |epoch: Epoch, name, seq| Cursor::new(epoch.of_channel(&channel(name)), seq);
    let cursors = [at(old, "a", 7), at(old, "b", 8), at(new, "c", 9)];
    let id = three.id(&cursors).unwrap();
    assert_eq!(id.as_str(), "1-3_32_h.7,3c32sa.8,2:3b32mI.9");
    assert_eq!(three.cursors(id.as_str()), Ok(cursors.map(Some).into()));
}

/// Clients come back with what they were given, whenever that was.
#[test]
fn ids_of_before_epochs_were_short_mean_the_places_that_they_meant() {
    let at = |epoch, name, seq| {
        let log = Epoch::new(epoch);
        Some(Cursor::new(log.of_channel(&channel(name)), seq))
    };
    let three = channels(["a", "b", "c"]);
    for (id, places) in [
        (
            "bee-3_32_h.7,3c32sa.C,3b32mI.0",
            [at(0xbee, "a", 7), at(0xbee, "b", 12), at(0xbee, "c", 0)],
        ),
        (
            "1-3_32_h.7,3c32sa.8,2-3b32mI.9",
            [at(1, "a", 7), at(1, "b", 8), at(2, "c", 9)],
        ),
        (
            "ffffffffffffffff-3b32mI.F~~~~~~~~~~,10-3_32_h.0",
            [at(16, "a", 0), None, at(u64::MAX, "c", u64::MAX)],
        ),
    ] {
        assert_eq!(three.cursors(id), Ok(places.into()), "{id}");
    }
    let one = channels(["a"]);
    let places = [Some(Cursor::new(Epoch::new(0xbee), 7))];
    assert_eq!(one.cursors("bee-7"), Ok(places.into()));
}

proptest! {
    #[test]
    fn whatever_places_are_written_are_read(
        places in prop::collection::vec((0usize..4, any::<u64>()), 2..20),
        epochs in prop::array::uniform4(any::<u64>()),
    ) {
        let channels = rooms(places.len());
        let cursors: Vec<_> = places
            .iter()
            .zip(channels.iter())
            .map(|((epoch, seq), name)| {
                Cursor::new(Epoch::new(epochs[*epoch]).of_channel(name), *seq)
            })
            .collect();
        let id = channels.id(&cursors).unwrap();
        let back = cursors.into_iter().map(Some).collect();
        prop_assert_eq!(channels.cursors(id.as_str()), Ok(back));
    }

    #[test]
    fn an_id_of_all_channels_fits_where_each_has_an_epoch_of_36_bits(
        places in prop::collection::vec((0u64..1 << 36, 0u64..1 << 30), Channels::MAX),
    ) {
        let channels = rooms(Channels::MAX);
        let cursors: Vec<_> = places
            .iter()
            .map(|(epoch, seq)| Cursor::new(Epoch::new(*epoch), *seq))
            .collect();
        let id = channels.id(&cursors).unwrap();
        // 20 bytes an entry: the first epoch takes three more, and the last entry has no comma.
        prop_assert!(id.as_str().len() <= 1002, "{}", id.as_str().len());
        let back = cursors.into_iter().map(Some).collect();
        prop_assert_eq!(channels.cursors(id.as_str()), Ok(back));
    }
}

#[test]
fn an_id_that_would_be_too_long_is_an_error() {
    let channels = rooms(Channels::MAX);
    let epochs = (0..Channels::MAX as u64).map(|n| Epoch::new(u64::MAX - n));
    let cursors: Vec<_> = epochs.map(|epoch| Cursor::new(epoch, u64::MAX)).collect();
    assert!(channels.id(&cursors).is_err());
}

#[test]
fn who_comes_back_for_other_channels_resumes_those_it_had() {
    let cursors = [7, 8].map(|seq| Cursor::new(Epoch::new(1), seq));
    let id = channels(["a", "b"]).id(&cursors).unwrap();
    let resumed = channels(["c", "b"]).cursors(id.as_str()).unwrap();
    assert_eq!(resumed, [None, Some(cursors[1])]);
    let resumed = channels(["a"]).cursors(id.as_str()).unwrap();
    assert_eq!(resumed, [Some(cursors[0])]);
}

#[test]
fn channels_of_one_stream_are_few_and_different() {
    let of = |names: &[&str]| Channels::new(names.iter().map(|name| channel(name)));
    assert_eq!(of(&[]).unwrap_err(), InvalidChannels::Empty);
    let twice = InvalidChannels::Twice(channel("a"));
    assert_eq!(of(&["a", "b", "a"]).unwrap_err(), twice);
    let names: Vec<_> = (0..=Channels::MAX).map(|n| n.to_string()).collect();
    let many = Channels::new(names.iter().map(|name| channel(name)));
    assert_eq!(many.unwrap_err(), InvalidChannels::TooMany);
    // Two names with one FNV-1a hash.
    let same = InvalidChannels::SameTag(channel("costarring"), channel("liquid"));
    assert_eq!(of(&["costarring", "liquid"]).unwrap_err(), same);
}

#[test]
fn a_channel_name_is_short_text_without_control_characters() {
    let name = |text: &str| ChannelName::new(text).map(drop);
    assert_eq!(name("rooms/1 ü 🦀"), Ok(()));
    assert_eq!(name(""), Err(InvalidChannelName::Empty));
    let longest = "x".repeat(ChannelName::MAX_BYTES);
    assert_eq!(name(&longest), Ok(()));
    let bytes = ChannelName::MAX_BYTES + 1;
    let too_long = InvalidChannelName::TooLong { bytes };
    assert_eq!(name(&(longest + "x")), Err(too_long));
    for found in ['\n', '\r', '\0', '\u{7f}', '\u{85}'] {
        let position = "ü".len();
        let control = InvalidChannelName::Control { position, found };
        assert_eq!(name(&format!("ü{found}")), Err(control));
    }
}

#[test]
fn a_record_is_whole_lines_without_an_id() {
    let record = |lines: &[u8]| Record::new(lines).map(drop);
    assert_eq!(record(b"event: alert\ndata: x\n"), Ok(()));
    assert_eq!(record(b"identity: 7\n"), Ok(()));
    for unfinished in [&b""[..], b"data: x", b"data: x\ndata: y"] {
        assert_eq!(record(unfinished), Err(InvalidRecord::Unfinished));
    }
    for blank in [&b"\n"[..], b"data: x\n\n", b"data: x\n\ndata: y\n"] {
        assert_eq!(record(blank), Err(InvalidRecord::BlankLine));
    }
    for cr in [&b"data: x\r\n"[..], b"data: x\rid: 7\n", b"\r\n"] {
        assert_eq!(record(cr), Err(InvalidRecord::Cr));
    }
    for id in [&b"id: 7\n"[..], b"id\n", b"data: x\nid:7\ndata: y\n"] {
        assert_eq!(record(id), Err(InvalidRecord::Id));
    }
    let bytes = Record::MAX_BYTES + 1;
    let too_long = InvalidRecord::TooLong { bytes };
    assert_eq!(record(&vec![b'x'; bytes]), Err(too_long));
}
