# The chart of the documents: well-formed, and as high as the figures.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../bench";
use Test::More;
use Results;
use Trade;
use Trade::Process qw(slurp spew);

my $t = Trade->new;
my $dir = $t->dir;
my $results = Results->new('bench', qw(sale connections target figure));

# The chart that a folder's figures make: its exit code, and what it said.
sub draw {
    local @ENV{qw(RESULTS SVG)} = ($dir, "$dir/chart.svg");
    my $said = qx($^X $Trade::root/bench/chart 2>&1);
    return ($? >> 8, $said);
}

# Each bar as Python's parser of XML sees it: title, top and height of the
# rectangle, and the line's begin and end.
sub bars {
    my $said = qx(python3 - $dir/chart.svg 2>&1 <<'PYTHON'
import re, sys
from xml.dom import minidom

root = minidom.parse(sys.argv[1]).documentElement
for g in root.getElementsByTagName('g'):
    title, rect, path = (g.getElementsByTagName(name)[0]
                         for name in ('title', 'rect', 'path'))
    line = re.match(r'M\\S+ (\\S+) V(\\S+) ', path.getAttribute('d'))
    print(title.firstChild.data, rect.getAttribute('y'), rect.getAttribute('height'),
          *line.groups(), sep='\\t')
PYTHON
);
    return map { [split /\t/] } split /\n/, $said;
}

# The last lines of a run, with RESULTS or without.
sub saved {
    my ($folder) = @_;
    local $ENV{RESULTS} = $folder;
    delete $ENV{RESULTS} if !defined $folder;
    my $said = '';
    open my $to, '>', \$said or die $!;
    my $stdout = select $to;
    $results->save(3, 2);
    select $stdout;
    return $said;
}

# Figures, as a run keeps them

my @rows = (
    ['100 SKUs', 16, 'gateway / Go', 'rate', 1.5, 1.25, 2],
    ['100 SKUs', 64, 'gateway / Go', 'rate', 0.75, 0.5, 1],
    ['100 SKUs', 64, 'gateway / Go', 'cpu', 9, 8, 10],
    ['100 SKUs', 64, 'gateway', 'rate', 9876.54, 9000, 10000],
    ['sold out, without keys', 64, 'gateway / nginx, fixed reply', 'rate', 1, 1, 1]);
$results->add(@$_) for @rows;
is(saved(undef), '', 'a run keeps nothing unless RESULTS names a folder');
is(saved($dir), "kept in $dir/bench.tsv\n", 'a run says where it keeps its figures');
my ($about, @kept) = Results::read_file("$dir/bench.tsv");
is_deeply([map { [@$_{qw(sale connections target figure median least most)}] } @kept],
    [map { my @r = @$_; $r[4] = 9877 if $r[4] > 9000; \@r } @rows],
    'a run keeps its figures, with four digits');
like($about->{$_}, qr/^\d[\w.]*/, "a run keeps the version of $_")
    for qw(nginx Redis Kafka librdkafka);
like($about->{measured}, qr/^20\d\d-\d\d-\d\d \d\d:\d\d UTC$/, 'a run keeps its time');
is($about->{rounds}, '3, each of 2 s', 'a run keeps the number of its rounds');

# The chart

spew("$dir/bench.tsv", slurp("$dir/bench.tsv") =~ s/^# CPU: .*/# CPU: "A & B" <C>/mr);
is_deeply([draw()], [0, ''], 'the chart is drawn');
my @bars = bars();
is(join("\n", map { $_->[0] } @bars), join("\n",
    'orders, 100 SKUs, 16 connections: 1.50 (1.25 to 2.00)',
    'orders, 100 SKUs, 64 connections: 0.75 (0.50 to 1.00)',
    'refusals, without a key, 64 connections: 1.00 (1.00 to 1.00)'),
    'the chart is well-formed, and has a bar for each ratio of orders/s');
my $unit = $bars[2][2] || 1;
my $bottom = ($bars[2][1] || 0) + $unit;
my @ratios = grep { $_->[2] =~ m{ / } && $_->[3] eq 'rate' } @rows;
for my $i (0 .. $#ratios) {
    my @as_drawn = map { sprintf '%.3f', $_ / $unit } $bars[$i][2] // 0,
        map { $bottom - ($bars[$i][$_] // 0) } 1, 3, 4;
    is("@as_drawn", join(' ', map { sprintf '%.3f', $_ } @{ $ratios[$i] }[4, 4, 5, 6]),
        "a bar is as high as its median, and its line as long as the range: $bars[$i][0]");
}
like(slurp("$dir/chart.svg"), qr{<rect width="860" height="\d+" fill="#fff"/>},
    'the chart has a white ground, for pages that are dark');
like(slurp("$dir/chart.svg"), qr{&quot;A &amp; B&quot; &lt;C&gt;, \d+ cores.*nginx $about->{nginx}},
    'the chart names the machine and the versions');

# Without figures

my $chart = slurp("$dir/chart.svg");
spew("$dir/bench.tsv", "sale\tconnections\ttarget\tfigure\tmedian\tleast\tmost\n");
my ($code, $said) = draw();
like("$code $said", qr/^[1-9]\d* .*has nothing that the chart shows$/m,
    'no chart is drawn without a ratio');
is(slurp("$dir/chart.svg"), $chart, 'the chart that was there stays then');

$t->done;
