# tools/prose, by which `make check` holds the documents to the rules of
# CONTRIBUTING.md, finds each kind of mistake, and nothing in a page without one.

use strict;
use warnings;

use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Trade::Process qw(slurp spew);

my $dir = tempdir('trade-docs-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $prose = "$FindBin::Bin/../tools/prose";

# The findings about a page with this text, without its name.
sub findings {
    my ($text, $name) = @_;
    $name //= 'page.md';
    spew("$dir/$name", $text);
    my $said = `perl '$prose' '$dir/$name' 2>&1`;
    return [map { s{^\Q$dir\E/\Q$name\E:}{}r } split /\n/, $said];
}

sub begins { return "1: begins with a bare pronoun: $_[0]" }

for my $case (
    ['a sentence that begins with "What"', 'What is due stays due.'],
    ['a sentence that begins with "Whoever"', 'Whoever asks is told.'],
    ['a sentence that begins with "Those"', 'Those are left.'],
    ['a sentence that begins with "One that"', 'One that was written is lost.'],
) {
    my ($name, $text) = @$case;
    is_deeply(findings("$text\n"), [begins($text)], "prose finds $name");
}

is_deeply(findings("A slot is closed: who asks is told.\n"), [begins('who asks is told.')],
    'prose finds a pronoun behind a colon');
is_deeply(findings("A slot is closed. Which is so.\n"), [begins('Which is so.')],
    'prose finds a pronoun in the second sentence of a line');
is_deeply(findings("- **What is due** stays due.\n"), [begins('What is due stays due.')],
    'prose finds a pronoun at the begin of a list item');
is_deeply(findings("| a | what it is |\n"), [begins('what it is ')],
    'prose finds a pronoun in the cell of a table');
is_deeply(findings("# What it says\n"), [begins('What it says')],
    'prose finds a pronoun in a heading');
is_deeply(findings("    *) Change: what is due is published.\n", 'CHANGES'),
    [begins('what is due is published.')], 'prose finds a pronoun in CHANGES');
is_deeply(findings("int n;\n\n/*\n * The slot is open.  What is due\n * stays due.\n */\n", 'code.c'),
    ['3: begins with a bare pronoun: What is due stays due.'], 'prose finds a pronoun in a comment of C');
is_deeply(findings("int n;      /* which is so */\n", 'code.h'), [begins('which is so')],
    'prose finds a pronoun at the begin of a comment behind code');
is_deeply(findings(qq{char *s = "\\"/* who is there */"; /* a string of what is there */\n}, 'code.c'), [],
    'prose takes a string that looks like a comment, and a pronoun inside of a comment');
is_deeply(findings("Who closes a slot?\n\nOne of them says what it is.\n"), [],
    'prose takes a question, and a pronoun inside of a sentence');
is_deeply(findings("    what is in a block of code\n"), [], 'prose takes any text in a block of code');

my $long = 'word ' x 16 . 'word';
is_deeply(findings("$long\n"), ['1: past 80 columns'], 'prose finds a line of text past 80 columns');
is_deeply(findings("- one\n  $long\n"), ['2: past 80 columns'], 'prose finds such a line in a list');
is_deeply(findings("    *) $long\n", 'CHANGES'), ['1: past 80 columns'],
    'prose finds such a line in CHANGES');
is_deeply(findings("    $long\n\n| $long |\n"), [], 'prose takes a longer line in code and in a table');
is_deeply(findings('    ' . 'x' x 130 . "\n"), ['1: past 130 columns'],
    'prose finds a block of code past 130 columns');

spew("$dir/other.md", "# The other page, of links\n");
is_deeply(findings("[a](other.md), [b](other.md#the-other-page-of-links)\n"), [],
    'prose takes links to a page and to a heading');
is_deeply(findings("[a](nowhere.md)\n"), ['1: there is no nowhere.md'],
    'prose finds a link to a page that does not exist');
is_deeply(findings("[b](other.md#nothing)\n"), ['1: there is no heading other.md#nothing'],
    'prose finds a link to a heading that does not exist');

is_deeply(findings("`lib/trade_flow.c`, `trade_cart*.c`, `_cart.c`, place.lua, t/docs.t\n"), [],
    'prose takes source files that exist');
is_deeply(findings("`lib/trade_nothing.c`\n"), ['1: there is no lib/trade_nothing.c'],
    'prose finds a source file that does not exist');
is_deeply(findings("    it is done by nothing.lua\n"), ['1: there is no nothing.lua'],
    'prose finds such a file in a block of code');

# The map names every file.  `_run.c` goes on as the first name of its row begins.

is_deeply(findings("| `trade_flow.c`, `_cart.c` | lib |\n"), [], 'prose asks no other page for a map');
my $map = slurp("$FindBin::Bin/../docs/code.md");
is_deeply([grep { /map/ } @{ findings($map, 'code.md') }], [], 'prose finds each file in the map');
is_deeply(findings($map =~ s/, `_run\.c`//r =~ s/`trade_flow\.c`, `_/`trade_/r =~ s/\]\([^)]*\)/]/gr, 'code.md'),
    ['1: the map does not name trade_flow.c', '1: the map does not name ngx_trade_run.c'],
    'prose finds the files that the map does not name');

# -w fills what is too long or too short, and changes no words.

my $text = "# Page\n\n$long `a code\nspan` $long\n\n- $long\n\n    code  stays\n\n| a | table |\n";
spew("$dir/page.md", $text);
is(`perl '$prose' -w '$dir/page.md' 2>&1`, '', 'prose -w leaves no finding');
my $filled = slurp("$dir/page.md");
is_deeply([split ' ', $filled], [split ' ', $text], 'prose -w changes no words');
like($filled, qr/`a code span`/, 'prose -w breaks no code span');
like($filled, qr/^    code  stays$/m, 'prose -w leaves code as it is');
system("perl '$prose' -w '$dir/page.md'") == 0 or die;
is(slurp("$dir/page.md"), $filled, 'prose -w changes nothing in a filled page');

# docs/problems.md has a heading for each refusal, and for nothing else.

my $root = "$FindBin::Bin/..";
my %refusals = map { $_ => 1 }
    slurp("$root/lib/trade_result.c") =~ /\{ [45]\d\d, \d+, [01],\s+trade_str\("([\w-]+)"\)/g;
my %headings = map { $_ => 1 } slurp("$root/docs/problems.md") =~ /^### (\S+)$/mg;
cmp_ok(scalar keys %refusals, '>', 40, 'the code has refusals');
is_deeply([sort keys %headings], [sort keys %refusals], 'docs/problems.md has a heading for each of them');

is(`perl '$prose' 2>&1`, '', 'prose finds nothing in the documents of the tree');

done_testing;
