-- transition: changes an order's state.
--
-- KEYS: 1 slot  2 due  3 the last record seen  4 the order's record
-- ARGV: 1 version seen  2 version of the last record seen, or ''
--       3 id  4 the new state  5 the states that may precede it
--       6 the buyer whose order it must be, or ''
--       7 deadline, ms of the shard's clock  8 ms of the lease
--       9 ms the record lives, '' for ever  10 headers of the event, without
--       a partition: that is the one of the event before
--       11 If-Match  12 If-None-Match  13 If-Unmodified-Since (condition.lua)
--
-- Answers the record, to be published; or `RECORD <id> <published>` and below
-- it the record, if the order has that state already, or if the event before
-- has to be published first; or a refusal: ABSENT, WRONG and the state, LATE,
-- FAILED: the preconditions do not hold.

--@ head.lua
--@ absent.lua
--@ seen.lua
--@ body.lua
--@ condition.lua

local id, to, from, buyer, deadline, lease, keep, text = unpack(ARGV, 3, 10)
local match, none_match, unmodified_since = unpack(ARGV, 11)
local state, seq, fingerprint, at = string.match(record,
  '^(%u+) (%d+) (%x+) %d+ (%d+)')

if not state or state == 'STOCK' or state == 'REFUSED'
  or buyer ~= '' and buyer_of(record, behind(record, 2 * seq)) ~= buyer
then
  return seen('ABSENT')
end

local waits = call('ZSCORE', KEYS[2], id .. '.' .. seq)

if state == to then
  if waits then pcall('HSET', KEYS[1], VERSION, version) end
  return seen('RECORD ' .. id .. (waits and ' 0\n' or ' 1\n') .. record)
end

if slot[2] then return seen('CLOSED ' .. slot[2]) end
if not string.find(' ' .. from .. ' ', ' ' .. state .. ' ', 1, true) then
  return seen('WRONG ' .. state)
end

--@ clock.lua
if now > tonumber(deadline) then return seen('LATE ' .. now) end

if not condition_met(match, none_match, unmodified_since,
  seq .. (waits and '.due' or ''), math.floor(at / 1000) + 1) then
  return seen('FAILED')
end

--@ allowed.lua
local no = forbidden({ 'SET', KEYS[4], 'a' }, { 'HSET', KEYS[1], VERSION, 1 },
  { 'ZREM', KEYS[2], 'a' })
if no then return no end

local due = pcall('ZADD', KEYS[2], now + (waits and 1000 or lease) .. '',
  id .. '.' .. seq + 1)
if type(due) == 'table' then return due end

record = to .. ' ' .. seq + 1 .. ' ' .. fingerprint .. ' ' .. version + 1
  .. ' ' .. now .. '\n'
  .. string.match(record, '^[^\n]*\n(%l%d*) ') .. string.sub(text, 2) .. '\n'
  .. record

if keep == '' then
  call('SET', KEYS[4], record)
else
  call('SET', KEYS[4], record, 'PX', keep)
end

call('HSET', KEYS[1], VERSION, version + 1 .. '')
call('ZREM', prefix .. 'unpaid', id)

return waits and 'RECORD ' .. id .. ' 0\n' .. record or record
