-- Run by neovim.test.ts in Neovim without a screen: opens a file with a mistake, takes its fix, renames a block and formats, as a person
-- would, and writes what it saw as JSON to the file that OUT names.

local seen = {}
local function finish()
  vim.fn.writefile({ vim.fn.json_encode(seen) }, vim.env.OUT)
  vim.cmd('qa!')
end

local function wait_for(what, condition)
  if not vim.wait(20000, condition, 20) then error('waited in vain for ' .. what) end
end

local function lines() return vim.api.nvim_buf_get_lines(0, 0, -1, true) end

local function request(method, params)
  local answers = vim.lsp.buf_request_sync(0, method, params, 20000)
  local _, answer = next(answers or {})
  if not answer or answer.err then error(method .. ': ' .. vim.inspect(answer)) end
  return answer.result
end

local function encoding()
  local _, client = next(vim.lsp.buf_get_clients(0))
  return client.offset_encoding
end

-- Where each of these words stands, and how it is coloured.
local function colours(words)
  local found = {}
  for _, word in ipairs(words) do
    local place = vim.fn.searchpos('\\V' .. word, 'nw')
    found[word] = vim.fn.synIDattr(vim.fn.synID(place[1], place[2], 1), 'name')
  end
  return found
end

local ok, message = xpcall(function()
  vim.g.cnnc_command = vim.fn.json_decode(vim.env.CNNC)
  vim.cmd('source ' .. vim.fn.fnameescape(vim.env.PLUGIN))
  vim.cmd('edit ' .. vim.fn.fnameescape(vim.env.FILE))
  seen.filetype = vim.bo.filetype
  vim.cmd('syntax on')
  vim.cmd('source ' .. vim.fn.fnameescape(vim.env.SYNTAX))
  seen.colours = colours({ 'block', 'conv', 'kernal', 'int', '3', '->', 'relu', 'input', 'unit(8)', '28' })
  wait_for('a diagnostic', function() return #vim.diagnostic.get(0) > 0 end)
  seen.diagnostics = vim.tbl_map(function(one)
    return { line = one.lnum, column = one.col, severity = one.severity, message = one.message, code = one.user_data.lsp.code }
  end, vim.diagnostic.get(0))

  local first = vim.diagnostic.get(0)[1]
  vim.api.nvim_win_set_cursor(0, { first.lnum + 1, first.col })
  local params = vim.lsp.util.make_range_params()
  params.context = { diagnostics = vim.lsp.diagnostic.get_line_diagnostics(0) }
  local actions = request('textDocument/codeAction', params)
  seen.actions = vim.tbl_map(function(one) return one.title end, actions)
  vim.lsp.util.apply_workspace_edit(actions[1].edit, encoding())
  wait_for('no diagnostic', function() return #vim.diagnostic.get(0) == 0 end)
  seen.fixed = lines()

  vim.fn.cursor(vim.fn.search('unit(8)', 'n'), 3)
  local position = vim.lsp.util.make_position_params()
  seen.hover = request('textDocument/hover', position)
  position.newName = 'stage'
  vim.lsp.util.apply_workspace_edit(request('textDocument/rename', position), encoding())
  seen.renamed = lines()

  local formatting = vim.lsp.util.make_formatting_params()
  vim.lsp.util.apply_text_edits(request('textDocument/formatting', formatting), 0, encoding())
  seen.formatted = lines()
end, debug.traceback)
if not ok then seen.error = tostring(message) end
finish()
