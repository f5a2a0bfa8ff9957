/**
 * One heartbeat, as a Lua script that Redis or Valkey runs: it writes the calling process's record, drops expired
 * records, divides the limit among the rest (weighted max-min fairness, floors first), and replies. All dates are by
 * Redis's clock.
 *
 * KEYS[1]: a hash with one record for each process, in MessagePack, which is read four times faster than text: want,
 *   floor, weight, expiry, held, unseen, starves (0 or 1), limit, told (when the MySQL server told the limit; 0: it did
 *   not).
 * ARGV: id, want, floor, weight, held, refused (1: MySQL has refused a login since the last heartbeat), limit (-1: not
 *   known), ago (how long ago, in ms, MySQL told it; -1: it did not), lease (ms), channel. With only id and channel,
 *   the process leaves.
 * Reply: [share, most, members, starving, limit, ago]. `most` is how many connections this process may have now: what
 *   it has less what it is to give up, but no less than its share; -1 (no bound) when no process has less than its
 *   share and the limit is not exceeded, or when the limit is not known. `starving`: how many connections are missing.
 *   `limit` and `ago`: what MySQL told last, to whichever process; both -1 when it told none.
 *
 * - A process learns of a changed limit when it logs in. Processes that have all they need do not log in: they learn it
 *   here.
 * - A Redis user without the right to publish is served all the same; only nobody is woken up.
 * - A process starves when it has less than its share and could use more. As long as there is room, that takes nothing
 *   from others: only what is missing beyond the room is asked of those above their shares, in proportion. The same
 *   goes for connections beyond a limit that was lowered.
 * - When MySQL refuses a login although the records leave room, there are sessions that no record accounts for: those
 *   of a crashed process that the server has not ended yet, or of another program. So many connections are `unseen`:
 *   they are not room, and are not divided, until the process that was refused gets a connection.
 * - Shares are found by water-filling. The level is found by Newton's method between two bounds, as sorting would cost
 *   most; what rounding leaves is handed out one by one. Any level that is not too high leads to the same shares.
 */
export const BEAT = `
local key, id, channel = KEYS[1], ARGV[1], ARGV[#ARGV]
if #ARGV == 2 then
  redis.call('HDEL', key, id)
  redis.pcall('PUBLISH', channel, 'room')
  return {0, -1, 0, 0, -1, -1}
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit, ago, lease = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
-- A limit that MySQL did not tell is this process's own: it is not replaced by that of others, nor passed on to them.
local told = ago >= 0 and now - ago or 0
local follows = limit < 0 or told > 0

local all, sum, max = {}, 0, math.max
local function member(name, want, floor, weight, held, unseen)
  local one = {id = name, most = max(want, floor), want = want, floor = floor, weight = weight, held = held, unseen = unseen}
  all[#all + 1] = one
  sum = sum + held
  return one
end
local lines, read, latest = redis.call('HGETALL', key), cmsgpack.unpack, now + 2 * lease
local gone, before, others = {}, nil, 0
for i = 1, #lines, 2 do
  local name = lines[i]
  local isRead, want, floor, weight, expiry, held, unseen, starves, its, at = pcall(read, lines[i + 1])
  if not isRead or type(at) ~= 'number' or type(its) ~= 'number' or type(starves) ~= 'number' or type(unseen) ~= 'number' or type(held) ~= 'number' or
    type(expiry) ~= 'number' or type(weight) ~= 'number' or type(floor) ~= 'number' or type(want) ~= 'number' or
    weight <= 0 or expiry <= now or expiry > latest then
    gone[#gone + 1] = name
  elseif name == id then
    before = {held = held, unseen = unseen, starves = starves == 1}
  else
    member(name, want, floor, weight, held, unseen)
    others = others + starves
    if follows and at > told then limit, told = its, at end
  end
end
local me = member(id, tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), 0)
for i = 1, #gone, 100 do redis.call('HDEL', key, unpack(gone, i, math.min(i + 99, #gone))) end

local waits = me.want > me.held
if waits and ARGV[6] == '1' then
  me.unseen = math.max(0, limit - sum)
elseif waits and before and me.held <= before.held then
  me.unseen = before.unseen
end
local unseen = 0
for _, one in ipairs(all) do unseen = math.max(unseen, one.unseen) end
local places = math.max(0, limit - unseen)

local function fill(level)
  local total, slope = 0, 0
  for _, one in ipairs(all) do
    local height = level * one.weight
    if height < one.low then height = one.low
    elseif height >= one.most then height = one.most
    else slope = slope + one.weight end
    total = total + height
  end
  return total, slope
end

local function precedes(a, b)
  if a.next ~= b.next then return a.next < b.next end
  return a.id < b.id
end

local function divide()
  local floors, wants, highest = 0, 0, 0
  for _, one in ipairs(all) do
    floors = floors + one.floor
    wants = wants + one.most
    highest = math.max(highest, one.most / one.weight)
  end
  for _, one in ipairs(all) do one.low = floors <= places and one.floor or 0 end
  if wants <= places then
    for _, one in ipairs(all) do one.share = one.most end
    return
  end
  local low, high, level = 0, highest, 0
  local total, slope = fill(0)
  for _ = 1, 60 do
    if places - total < 1 then break end
    level = slope > 0 and low + (places - total) / slope or high
    if level <= low or level >= high then level = (low + high) / 2 end
    local reached, rise = fill(level)
    if reached <= places then low, total, slope = level, reached, rise else high = level end
  end
  local left, growing = places, {}
  for _, one in ipairs(all) do
    one.share = math.max(one.low, math.min(one.most, math.floor(low * one.weight * (1 - 2 ^ -49))))
    left = left - one.share
    if one.share < one.most then
      one.next = (one.share + 1) / one.weight
      growing[#growing + 1] = one
    end
  end
  if left == 0 then return end
  table.sort(growing, precedes)
  while left > 0 and growing[1] do
    local one = table.remove(growing, 1)
    one.share = one.share + 1
    left = left - 1
    if one.share < one.most then
      one.next = (one.share + 1) / one.weight
      local at = 1
      while growing[at] and precedes(growing[at], one) do at = at + 1 end
      table.insert(growing, at, one)
    end
  end
end

local share, most, missing, surplus, starving = -1, -1, 0, 0, 0
if limit >= 0 then
  local room = sum > limit and limit - sum or math.max(0, places - sum)
  divide()
  share = me.share
  for _, one in ipairs(all) do
    missing = missing + math.max(0, math.min(one.want, one.share) - one.held)
    surplus = surplus + math.max(0, one.held - one.share)
  end
  if missing > room then
    starving = missing - room
    local over = me.held - share
    most = share
    if over > 0 then most = me.held - math.min(over, math.ceil(starving * over / surplus)) end
  end
end

local starves = starving > 0 and math.min(me.want, share) > me.held
local line = cmsgpack.pack(me.want, me.floor, me.weight, now + lease, me.held, me.unseen, starves and 1 or 0,
  limit, told)
redis.call('HSET', key, id, line)
redis.call('PEXPIRE', key, 10 * lease)
if starves and not (before and before.starves) then
  redis.pcall('PUBLISH', channel, 'starved')
elseif before and me.held < before.held and others > 0 then
  redis.pcall('PUBLISH', channel, 'room')
end
local isTold = told > 0
return {share, most, #all, starving, isTold and limit or -1, isTold and math.max(0, now - told) or -1}
`;
