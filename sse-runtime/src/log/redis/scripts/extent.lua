-- Where channels end, and how much is kept of them. One that is not known is made, or else its end would
-- not be a place from which it can be read on; and what is asked for is remembered.
--
-- KEYS: for each channel its log and its meta. ARGV: ms the meta is kept, and for each channel a
-- candidate epoch.
--
-- Returns for each its lives, number, whether it has ended, and how many records are kept.
local remembered = ARGV[1]
local found = {}
for at = 1, #KEYS, 2 do
  local log, meta = KEYS[at], KEYS[at + 1]
  local seq, lives, ended = unpack(redis.call('HMGET', meta, 'seq', 'lives', 'ended'))
  if not lives then
    local here = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
    seq, lives = '0', ARGV[1 + (at + 1) / 2] .. ':0'
    redis.call('UNLINK', log)
    redis.call('HSET', meta, 'seq', seq, 'lives', lives, 'server', here)
    redis.call('PEXPIRE', meta, remembered)
  elseif not ended and redis.call('PTTL', meta) < remembered / 2 then
    -- Where nothing can be written now, it can still be read.
    redis.pcall('PEXPIRE', meta, remembered)
  end
  found[#found + 1] = {lives, seq, ended and 1 or 0, redis.call('XLEN', log)}
end
return found
