-- Appends records to a channel, ends it, or both. All or nothing: whatever can be refused is refused at
-- the first write, or before it. An error that comes later all the same is called WRITTEN.
--
-- KEYS: log, meta, and where there is a key that says "once", that of its places.
-- ARGV: candidate epoch, events kept, ms they are kept, ms the meta is kept, ms an ended channel is
-- kept, live channel, "1" if it ends, condition ("", "once", "at") and its two arguments, format, and
-- for each record "=" and its key, or nothing, and its lines.
--
-- Returns "appended", "repeated", "ended" or "moved", the end of the channel as epoch and number, and of
-- the records their epoch, their first and their last number.
local log, meta, once = KEYS[1], KEYS[2], KEYS[3]
local candidate, events, age, remembered, kept = unpack(ARGV, 1, 5)
local live, ends, condition, argument, other, format = unpack(ARGV, 6, 11)
local first_record = 12

local seq, lives, server, ended = unpack(redis.call('HMGET', meta, 'seq', 'lives', 'server', 'ended'))
-- Another process has another id, and so has a replica since it was promoted.
local here = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
if not here then
  return redis.error_reply('REFUSED this server does not tell its replication id')
end

if not lives then
  -- Records without their numbers mean nothing any more.
  redis.call('UNLINK', log)
  seq, lives, server = 0, candidate .. ':0', here
  redis.call('HSET', meta, 'seq', seq, 'lives', lives, 'server', server)
  redis.call('PEXPIRE', meta, remembered)
end
seq = tonumber(seq)
local epoch = string.match(lives, '(%x+):%d+$')
if not seq or not epoch then
  return redis.error_reply('REFUSED the meta of this channel was changed by somebody else')
end
local function number(n) return string.format('%.0f', n) end

if condition == 'once' then
  local places = redis.call('GET', once)
  if places then
    return {'repeated', epoch, number(seq), string.match(places, '(%x+) (%d+) (%d+)')}
  end
end
if ended then
  local is_appended = #ARGV >= first_record
  return {is_appended and 'ended' or 'appended', epoch, number(seq), epoch, number(seq + 1), number(seq)}
end
if condition == 'at' then
  -- A place of an older life is the end too, if the lives after it have appended nothing.
  local is_end = false
  for life, after in string.gmatch(lives, '(%x+):(%d+)') do
    is_end = life == argument or (is_end and tonumber(after) >= seq)
  end
  if not is_end or other ~= number(seq) then
    return {'moved', epoch, number(seq)}
  end
end

local last = seq
for at = first_record, #ARGV, 2 do
  last = last + 1
  local id, key, lines = number(last) .. '-0', ARGV[at], ARGV[at + 1]
  if key == '' then
    redis.call('XADD', log, 'MAXLEN', '~', events, id, 'f', format, 'd', lines)
  else
    redis.call('XADD', log, 'MAXLEN', '~', events, id, 'f', format, 'k', string.sub(key, 2), 'd', lines)
  end
end

local failed
local function write(...)
  local reply = redis.pcall(...)
  failed = failed or (type(reply) == 'table' and reply.err)
end
if last > seq and server ~= here then
  lives, epoch = lives .. ' ' .. candidate .. ':' .. number(seq), candidate
  if select(2, string.gsub(lives, ':', '')) > 16 then
    lives = string.match(lives, '^%S+ (.*)$')
  end
  write('HSET', meta, 'seq', number(last), 'lives', lives, 'server', here)
else
  write('HSET', meta, 'seq', number(last))
end
if condition == 'once' then
  write('SET', once, table.concat({epoch, number(seq + 1), number(last)}, ' '), 'PX', argument)
end
if ends == '1' then
  write('HSET', meta, 'ended', 1)
  write('PEXPIRE', log, kept)
  write('PEXPIRE', meta, kept)
elseif redis.call('PTTL', log) < tonumber(age) then
  -- Not at each append, as it is a write of its own: hence a sixteenth more.
  write('PEXPIRE', log, number(age * 17 / 16))
  write('PEXPIRE', meta, remembered)
end
write('SPUBLISH', live, ends == '1' and 'end' or epoch .. '-' .. number(last))
if failed then
  return redis.error_reply('WRITTEN ' .. failed)
end
return {'appended', epoch, number(last), epoch, number(seq + 1), number(last)}
