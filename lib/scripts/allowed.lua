-- A permission may be taken away at any time.  A script tests the permissions
-- of all its writes before the first one, so that it writes all or nothing.
-- `forbidden` returns false, or the error to answer for the first of these
-- calls that this user may not make.
-- Sets forbidden.
local function forbidden(...)
  for _, words in ipairs({ ... }) do
    if not redis.acl_check_cmd(unpack(words)) then
      return redis.error_reply('NOPERM this user may not ' .. words[1] .. ' '
        .. words[2])
    end
  end
  return false
end
