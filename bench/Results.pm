package Results;

# The figures of a run, kept in a folder that RESULTS names; without it, nothing
# is kept.  A file has lines of `# name: value` about the machine and the run, and
# below a table with tabs: what is measured, its median, the least and the most.

use strict;
use warnings;

use POSIX qw(strftime uname);
use Trade;
use Trade::Process qw(slurp spew);

# new(name of the file, columns that say what is measured)
sub new {
    my ($class, $name, @columns) = @_;
    return bless { name => $name, lines => [join "\t", @columns, qw(median least most)] },
        $class;
}

# add(a value for each column, median, least, most)
sub add {
    my ($self, @row) = @_;
    push @{ $self->{lines} }, join "\t", @row[0 .. $#row - 3],
        map { 0 + sprintf '%.4g', $_ } @row[-3 .. -1];
}

# save(rounds, seconds): writes all at once; a run that has failed changes nothing.
sub save {
    my ($self, $rounds, $seconds) = @_;
    my $dir = $ENV{RESULTS} or return;
    my @about = (about(), [rounds => "$rounds, each of $seconds s"]);
    mkdir $dir;
    my $file = "$dir/$self->{name}.tsv";
    spew("$file.new", join '', map({ "# $_->[0]: $_->[1]\n" } @about),
        map { "$_\n" } @{ $self->{lines} });
    rename "$file.new", $file or die "$file: $!\n";
    print "kept in $file\n";
}

# read_file(file): what it says about the run, and its rows; both are hashes.
sub read_file {
    my ($file) = @_;
    my (%about, @columns, @rows);
    for (split /\n/, slurp($file) || die "there is no $file: RESULTS=DIR make bench\n") {
        if (/^# ([^:]+): (.*)/) {
            $about{$1} = $2;
        } elsif (!@columns) {
            @columns = split /\t/;
        } else {
            my %row;
            @row{@columns} = split /\t/;
            push @rows, \%row;
        }
    }
    return (\%about, @rows);
}

# The machine and the versions.
sub about {
    my ($cpu) = slurp('/proc/cpuinfo') =~ /^model name\s*: (.*)/m;
    my $cores = () = slurp('/proc/cpuinfo') =~ /^processor\s*:/mg;
    my ($memory) = slurp('/proc/meminfo') =~ /^MemTotal:\s+(\d+)/;
    my ($kafka) = slurp("$Trade::root/conf/kafka/pom.xml") =~ /kafka_.*?<version>(.*?)</s;
    my $git = "git -C $Trade::root";
    my $changed = system("$git diff --quiet HEAD -- lib ngx_trade_module 2> /dev/null");
    return (
        [measured => strftime('%Y-%m-%d %H:%M UTC', gmtime)],
        [commit => said("$git rev-parse --short HEAD 2> /dev/null", qr/(\S+)/)
            . ($changed ? ', changed' : '')],
        [CPU => $cpu // 'unknown'], [cores => $cores],
        [memory => sprintf '%.0f GiB', $memory / 2**20], [kernel => (uname)[2]],
        [nginx => said(($ENV{TRADE_NGINX} // 'nginx') . ' -v 2>&1', qr{/(\S+)})],
        [Redis => said('redis-server --version', qr/v=(\S+)/)],
        [Kafka => $kafka // 'unknown'],
        [librdkafka => said('kcat -V', qr/librdkafka ([\d.]+)/)]);
}

sub said { my ($command, $match) = @_; return qx($command) =~ $match ? $1 : 'unknown' }

1;
