-- Appends records to a channel, ends it, or both. All or nothing: whatever can be refused is refused at
-- the first write, or before it. An error that comes later all the same is called WRITTEN.
--
-- KEYS: log, meta, and where there is a key that says "once", that of its places.
-- ARGV: candidate epoch, events kept, ms they are kept, ms the meta is kept, ms an ended channel is
-- kept, live channel, "1" if it ends, condition ("", "once", "at") and its two arguments, format, and
-- for each record "=" and its key, or nothing, and its lines.
--
-- Returns "appended", "repeated", "ended" or "moved", the end of the channel as epoch and number, and
-- where there are records their epoch, first and last number. One text, as a list is dear.
local log, meta, once = KEYS[1], KEYS[2], KEYS[3]
local candidate, events, age, remembered, kept = unpack(ARGV, 1, 5)
local live, ends, condition, argument, other, format = unpack(ARGV, 6, 11)
local first_record = 12

local seq, lives, server, ended = unpack(redis.call('HMGET', meta, 'seq', 'lives', 'server', 'ended'))
-- Another process has another id, and so has a replica since it was promoted.
local info = redis.call('INFO', 'replication')
local _, at = string.find(info, 'master_replid:', 1, true)
if not at then
  return redis.error_reply('REFUSED this server does not tell its replication id')
end
local here = string.sub(info, at + 1, at + 40)

if not lives then
  -- Records without their numbers mean nothing any more.
  redis.call('UNLINK', log)
  seq, lives, server = '0', candidate .. ':0', here
  redis.call('HSET', meta, 'seq', seq, 'lives', lives, 'server', server)
  redis.call('PEXPIRE', meta, remembered)
end
local number = tonumber(seq)
local epoch = string.match(lives, '(%x+):%d+$')
if not number or not epoch then
  return redis.error_reply('REFUSED the meta of this channel was changed by somebody else')
end
local stands = ' ' .. epoch .. ' ' .. seq

if condition == 'once' then
  local places = redis.call('GET', once)
  if places then
    return 'repeated' .. stands .. ' ' .. places
  end
end
if ended then
  return (#ARGV < first_record and 'appended' or 'ended') .. stands
end
if condition == 'at' then
  -- A place of an older life is the end too, if the lives after it have appended nothing.
  local is_end = false
  for life, after in string.gmatch(lives, '(%x+):(%d+)') do
    is_end = life == argument or (is_end and tonumber(after) >= number)
  end
  if not is_end or other ~= seq then
    return 'moved' .. stands
  end
end

-- Not at each append, as that is a write of its own: hence a sixteenth more.
local is_aging = redis.call('PTTL', log) < tonumber(age)

-- As text, since Lua writes a large number otherwise.
local first, last = string.format('%d', number + 1), seq
for at = first_record, #ARGV, 2 do
  local key, lines = ARGV[at], ARGV[at + 1]
  number = number + 1
  last = string.format('%d', number)
  if key == '' then
    redis.call('XADD', log, 'MAXLEN', '~', events, last, 'f', format, 'd', lines)
  else
    redis.call('XADD', log, 'MAXLEN', '~', events, last, 'f', format, 'k', string.sub(key, 2), 'd', lines)
  end
end

local failed
local function write(...)
  local reply = redis.pcall(...)
  failed = failed or (type(reply) == 'table' and reply.err)
end
if last ~= seq and server ~= here then
  lives, epoch = lives .. ' ' .. candidate .. ':' .. seq, candidate
  if select(2, string.gsub(lives, ':', '')) > 16 then
    lives = string.match(lives, '^%S+ (.*)$')
  end
  write('HSET', meta, 'seq', last, 'lives', lives, 'server', here)
else
  write('HSET', meta, 'seq', last)
end
local places = epoch .. ' ' .. first .. ' ' .. last
if condition == 'once' then
  write('SET', once, places, 'PX', argument)
end
if ends == '1' then
  write('HSET', meta, 'ended', 1)
  write('PEXPIRE', log, kept)
  write('PEXPIRE', meta, kept)
  write('SPUBLISH', live, 'end')
else
  if is_aging then
    write('PEXPIRE', log, string.format('%d', age * 17 / 16))
    write('PEXPIRE', meta, remembered)
  end
  write('SPUBLISH', live, epoch .. '-' .. last)
end
if failed then
  return redis.error_reply('WRITTEN ' .. failed)
end
return 'appended ' .. epoch .. ' ' .. last .. ' ' .. places
