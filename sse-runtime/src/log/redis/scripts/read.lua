-- The records of a channel from a number on, up to so many records and bytes.
--
-- KEYS: log, meta. ARGV: number, records, bytes.
--
-- Returns its lives, number, whether it has ended, and the entries; or nothing where it is not known.
local log, meta = KEYS[1], KEYS[2]
local records, bytes = tonumber(ARGV[2]), tonumber(ARGV[3])
local seq, lives, ended = unpack(redis.call('HMGET', meta, 'seq', 'lives', 'ended'))
if not lives then
  return false
end
local entries, held, from = {}, 0, ARGV[1] .. '-0'
-- The first few say how large the others may be. They may be wrong, so never many are looked at at once.
local count = math.min(records, 8)
repeat
  -- What someone else has put behind the end is no record of the channel.
  local chunk = redis.call('XRANGE', log, from, seq .. '-0', 'COUNT', count)
  for _, entry in ipairs(chunk) do
    if held >= bytes and #entries > 0 then
      break
    end
    entries[#entries + 1] = entry
    for _, value in ipairs(entry[2]) do
      held = held + #value
    end
    from = '(' .. entry[1]
  end
  local is_last = #chunk < count
  local room = (bytes - held) * #entries / math.max(held, 1)
  count = math.min(records - #entries, 32, math.ceil(room))
until is_last or count < 1
return {lives, seq, ended and 1 or 0, entries}
